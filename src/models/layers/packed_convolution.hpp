#pragma once

#include <ATen/core/Tensor.h>

#include "models/layers/input_gradient.hpp"
#include "models/layers/prepacked.hpp"

namespace sightline::models {

/// A convolution with fixed weights for the backward passes of rules: forward and back through prepacked weights where
/// the processor has them, else through ATen. Without autograd.
class PackedConvolution {
 public:
  PackedConvolution(at::Tensor weight, at::Tensor bias, const ConvGeometry& geometry);

  /// Of x (N x in x H x W); the bias may have been undefined.
  at::Tensor operator()(const at::Tensor& x);
  /// The gradient with respect to x, of which only the shape matters.
  at::Tensor gradient(const at::Tensor& upper, const at::Tensor& x);

 private:
  prepacked::Filter filter_;
  at::Tensor bias_;
  InputGradient gradient_;
};

}  // namespace sightline::models
