#pragma once

#include <string>

#include "models/weights/parameters.hpp"

namespace sightline::tests {

/// What tests/fixtures/make_gradient_fixtures.py computes with PyTorch, computed here.
struct GradientCase {
  std::string model;
  double loss = 0.0;
  models::NamedTensors tensors;  ///< gradients by parameter; of several images also BatchNorm's statistics after them
};

/// Of the model with synthetic weights for the formula images 0 to `images` - 1 of the classes 7, 8, ..., `size` pixels
/// wide, in float32 or float64. More than one: BatchNorm in training mode.
GradientCase gradient_case(const std::string& model, int size, int images, at::ScalarType numbers);

}  // namespace sightline::tests
