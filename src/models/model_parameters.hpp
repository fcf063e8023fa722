#pragma once

#include <memory>
#include <string>

#include "models/model.hpp"
#include "models/weights/parameters.hpp"

/// The parameters of a given model: opening their source, and sources that replace some of them.
namespace sightline::models {

/// Opens the source of `spec`'s parameters. weights is a value of the option --weights: a folder with ID.safetensors, a
/// file, synthetic:SEED or random:SEED. It is ignored for a user's TorchScript model, which has its own parameters.
/// Throws base::Error(usage) for an invalid seed, and base::Error(input) when the file is missing or is a PyTorch file
/// (the message has the command that converts it). A file with values that are NaN or infinite is refused unless
/// spec.allow_nonfinite_weights is set.
std::unique_ptr<ParameterSource> open_parameters(const std::string& weights, const ModelSpec& spec);

/// A text that identifies the parameters: the file's SHA-256, or the value of --weights where it names a formula; and
/// the random share, if there is one. Throws as open_parameters does.
std::string parameters_identity(const std::string& weights, const ModelSpec& spec);

/// Cascading randomisation (Adebayo et al., arXiv 1810.03292): the parameters of `inner`, except that the last modules
/// of the model have random weights as timm initialises them. These are the share `spec.random_share` of the modules
/// with parameters, rounded up, counted from the classifier backwards. With a share of 1 only the number of classes is
/// left of `inner`.
std::unique_ptr<ParameterSource> cascading_parameters(std::unique_ptr<ParameterSource> inner, const ModelSpec& spec);

/// The parameters of `inner` with an identity matrix as the classifier: the outputs of the model are then the
/// penultimate features, which are the classifier's input. Throws base::Error(usage) for a TorchScript model.
std::unique_ptr<ParameterSource> feature_parameters(std::unique_ptr<ParameterSource> inner, const ModelSpec& spec);

/// The module path of the classifier. Throws base::Error(usage) for a TorchScript model.
std::string classifier_of(const ModelSpec& spec);

/// All parameters of a model by their timm names. Throws base::Error(input) when those of `source` are not the model's.
NamedTensors load_parameters(ParameterSource& source, const ModelSpec& spec);

}  // namespace sightline::models
