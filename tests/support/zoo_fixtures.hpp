#pragma once

#include <nlohmann/json.hpp>

#include "models/model.hpp"

namespace sightline::tests {

/// tests/fixtures/zoo.json: what timm, torchvision and pytorch-grad-cam give for the models of the registry.
const nlohmann::json& zoo_fixtures();

/// Builds the model on synthetic weights and expects timm's parameter count, logits, Grad-CAM and Grad-CAM++.
void expect_equal_to_timm(const models::ModelSpec& spec);

}  // namespace sightline::tests
