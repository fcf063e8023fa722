#pragma once

#include <vector>

#include "models/model.hpp"

namespace sightline::models {

/// The models of one family, in a file of that name. registry.cpp lists these functions.
std::vector<ModelSpec> resnet_family();
std::vector<ModelSpec> efficientnet_family();
std::vector<ModelSpec> densenet_family();
std::vector<ModelSpec> vgg_family();
std::vector<ModelSpec> vision_transformer_family();
std::vector<ModelSpec> swin_transformer_family();
std::vector<ModelSpec> pvt_v2_family();
std::vector<ModelSpec> convnext_family();

}  // namespace sightline::models
