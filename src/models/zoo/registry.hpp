#pragma once

#include <string>
#include <vector>

#include "models/model.hpp"

namespace sightline::models {

/// All models, family by family.
const std::vector<ModelSpec>& all_models();

/// The model with the given name: its timm id (resnet18.tv_in1k), its architecture (resnet18, which is the first model
/// of that architecture here) or its short name (ResNet18, which is resnet18d of the comparison study). Throws
/// base::Error(usage), which offers the nearest name, when there is none.
const ModelSpec& find_model(const std::string& name);

/// All names for which `find_model` returns this model.
std::vector<std::string> own_names(const ModelSpec& spec);

/// The model with this label in tables (ModelSpec::label), without what follows an @; nullptr when the zoo has none of
/// that name.
const ModelSpec* model_labelled(const std::string& label);

/// The names of all groups of models.
std::vector<std::string> model_groups();

/// The names of the models of a group: thesis (the fourteen models of the comparison study), focus (the three of the
/// Focus study) or lite (EfficientNet-Lite). Empty when there is no group of that name.
std::vector<std::string> model_group(const std::string& name);

}  // namespace sightline::models
