#pragma once

#include <vector>

#include "models/model.hpp"

namespace sightline::models {

// One function per family file; registry.cpp lists them.
std::vector<ModelSpec> resnet_family();
std::vector<ModelSpec> efficientnet_family();

}  // namespace sightline::models
