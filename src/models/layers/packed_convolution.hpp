#pragma once

#include <ATen/core/Tensor.h>

#include "models/layers/input_gradient.hpp"
#include "models/layers/prepacked.hpp"

namespace sightline::models {

/// A convolution with fixed weights, as the backward passes of Rules need it. It and its gradient run through oneDNN
/// with prepacked weights where the processor supports them, and through ATen otherwise. Autograd does not record it.
class PackedConvolution {
 public:
  /// weight: out x in / groups x k x k; bias: out, or undefined.
  PackedConvolution(at::Tensor weight, at::Tensor bias, const ConvGeometry& geometry);

  /// N x in x H x W -> N x out x h x w.
  at::Tensor operator()(const at::Tensor& x);
  /// The gradient with respect to x (of which only the shape is used), from upper, the gradient with respect to the
  /// output.
  at::Tensor gradient(const at::Tensor& upper, const at::Tensor& x);

 private:
  prepacked::Filter filter_;
  at::Tensor bias_;
  InputGradient gradient_;
};

}  // namespace sightline::models
