#pragma once

#include <string>
#include <vector>

#include "models/model.hpp"

namespace sightline::models {

/// Every model there is, family by family.
const std::vector<ModelSpec>& all_models();

/// The model called by its timm id (resnet18.tv_in1k), its architecture (resnet18: the first of its tags here) or its
/// short name (ResNet18, which is the study's resnet18d). Throws base::Error(usage) with the nearest name.
const ModelSpec& find_model(const std::string& name);

/// Every name that `find_model` takes for this model.
std::vector<std::string> own_names(const ModelSpec& spec);

/// The names of all sets of models.
std::vector<std::string> model_groups();

/// A named set: thesis (the comparison study's fourteen), focus (the Focus study's three), lite. Empty when there is
/// none of that name.
std::vector<std::string> model_group(const std::string& name);

/// Where `spec`'s parameters come from: a user's own model brings them, otherwise by the option --weights: FOLDER (with
/// ID.safetensors), FILE, synthetic:SEED or random:SEED. Throws base::Error(usage) for a bad seed and
/// base::Error(input) when the file is missing or is a PyTorch file (with the command that converts it).
std::unique_ptr<ParameterSource> open_parameters(const std::string& weights, const ModelSpec& spec);

/// What identifies the parameters: the file's SHA-256, or the formula as text.
std::string parameters_identity(const std::string& weights, const ModelSpec& spec);

}  // namespace sightline::models
