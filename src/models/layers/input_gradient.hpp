#pragma once

#include <ATen/core/Tensor.h>

#include "models/layers/prepacked.hpp"
#include "models/layers/rules.hpp"

namespace sightline::models {

/// The gradient with respect to the input of one convolution. On a CPU it is computed through prepacked weights, which
/// are cached, where that is faster than ATen:
/// - with stride 1 it is a convolution with flipped weights (by Winograd for 3 x 3 windows, see winograd.hpp);
/// - with stride 2 and 3 x 3 windows it is Winograd's transposed convolution, where winograd::is_faster;
/// - for windows that do not overlap (patches) it is a matrix product;
/// - for an input of few channels it is one convolution of stride 1 for all phases of the stride (ATen's oneDNN
///   computes 16 channels where 3 are needed: 22 instead of 8 ms for ResNet's stem at 448 x 448).
///
/// ATen computes everything else.
class InputGradient {
 public:
  /// step: always the same convolution. upper: the gradient with respect to its output, N x out x h x w, in the
  /// precision of the weights. x: its input, N x in x H x W, of which only the shape is used. Result: N x in x H x W.
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
