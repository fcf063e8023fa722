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

}  // namespace sightline::models
