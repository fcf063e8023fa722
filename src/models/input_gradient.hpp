#pragma once

#include <map>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/prepacked.hpp"
#include "models/rules.hpp"

namespace sightline::models {

/// From the gradient of a convolution's output to that of its input, on a CPU through prepacked weights where that is
/// faster: a convolution of stride 1 is one with flipped weights, one whose windows do not overlap (patches) is a
/// matrix product. Everything else goes through ATen. Keeps the weights it packed: for one convolution.
class InputGradient {
 public:
  /// `upper`: the output's gradient, in the precision of the weights; `x`: the input, of which only the shape matters.
  at::Tensor operator()(const ConvolutionStep& step, const at::Tensor& upper, const at::Tensor& x);

 private:
  at::Tensor as_convolution(const ConvolutionStep& step, const at::Tensor& upper);
  at::Tensor of_patches(const ConvolutionStep& step, const at::Tensor& upper);

  std::map<std::vector<std::int64_t>, at::Tensor> flipped_;  ///< packed, by the shape of `upper`
  prepacked::Matrix patches_;
};

}  // namespace sightline::models
