#pragma once

#include <ATen/core/Tensor.h>

#include "models/layers/prepacked.hpp"
#include "models/layers/rules.hpp"

namespace sightline::models {

/// From the gradient of a convolution's output to that of its input, on a CPU through prepacked weights where that is
/// faster: a convolution of stride 1 is one with flipped weights, one whose windows do not overlap (patches) is a
/// matrix product, and one of a picture's few channels is one convolution of stride 1 for all phases of the stride
/// (oneDNN computes 16 channels where 3 are asked for: 22 against 8 ms for ResNet's stem at 448 x 448). 3 x 3 windows
/// of stride 1 and 2 go by Winograd (winograd.hpp) where that pays, everything else through ATen. Keeps the weights it
/// packed: for one convolution.
class InputGradient {
 public:
  /// `upper`: the output's gradient, in the precision of the weights; `x`: the input, of which only the shape matters.
  at::Tensor operator()(const ConvolutionStep& step, const at::Tensor& upper, const at::Tensor& x);

 private:
  at::Tensor of_stride_2(const ConvolutionStep& step, const at::Tensor& upper, const at::Tensor& x);
  at::Tensor as_convolution(const ConvolutionStep& step, const at::Tensor& upper);
  at::Tensor of_patches(const ConvolutionStep& step, const at::Tensor& upper);
  at::Tensor by_phases(const ConvolutionStep& step, const at::Tensor& upper, const at::Tensor& x);

  prepacked::Filter flipped_;
  winograd::Filter flipped_of_stride_2_;
  prepacked::Filter phases_;
  prepacked::Matrix patches_;
};

}  // namespace sightline::models
