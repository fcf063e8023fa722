#pragma once

#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

namespace sightline::models {

/// Computes the gradients (or relevances) of a step's inputs, in their order, from that of its output. An undefined
/// tensor means 0. It is not recorded itself, so there are no second derivatives.
using Backward = std::function<std::vector<at::Tensor>(const at::Tensor& upper)>;

/// Makes a tensor a step of autograd's graph whose backward pass is `backward`. output: computed from `inputs` without
/// recording. Returns it unchanged when no input is recorded.
at::Tensor recorded_step(const std::vector<at::Tensor>& inputs, const at::Tensor& output, Backward backward);

}  // namespace sightline::models
