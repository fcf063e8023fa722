#pragma once

#include <memory>
#include <string>

#include "models/model.hpp"
#include "models/weights/parameters.hpp"

/// The parameters of a particular model: where they come from, and what is put in their place.
namespace sightline::models {

/// Where `spec`'s parameters come from: a user's own model brings them, otherwise by the option --weights: FOLDER (with
/// ID.safetensors), FILE, synthetic:SEED or random:SEED. Throws base::Error(usage) for a bad seed and
/// base::Error(input) when the file is missing or is a PyTorch file (with the command that converts it).
std::unique_ptr<ParameterSource> open_parameters(const std::string& weights, const ModelSpec& spec);

/// What identifies the parameters: the file's SHA-256, or the formula as text.
std::string parameters_identity(const std::string& weights, const ModelSpec& spec);

/// `inner`, but for the layers at the end of the model, which have random weights as timm initialises them: the share
/// `spec.random_share` of the modules with parameters, from the classifier down, at least one. With 1 nothing is left
/// of `inner` but the number of classes (Adebayo et al., arXiv 1810.03292: cascading randomisation).
std::unique_ptr<ParameterSource> cascading_parameters(std::unique_ptr<ParameterSource> inner, const ModelSpec& spec);

/// `inner` with the classifier of `spec` replaced by the identity: the model's outputs are what its classifier would be
/// given, the penultimate features.
std::unique_ptr<ParameterSource> feature_parameters(std::unique_ptr<ParameterSource> inner, const ModelSpec& spec);

/// The name of the classifier's module, as `spec` builds it. Throws base::Error(usage) for a TorchScript model.
std::string classifier_of(const ModelSpec& spec);

/// Every parameter of a model by its timm name, as `source` gives it. Throws base::Error(input) when they do not fit.
NamedTensors load_parameters(ParameterSource& source, const ModelSpec& spec);

}  // namespace sightline::models
