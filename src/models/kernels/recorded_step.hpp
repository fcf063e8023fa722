#pragma once

#include <functional>
#include <vector>

#include <ATen/core/Tensor.h>

namespace sightline::models {

/// From the gradient (or relevance) of a step's output to those of its inputs, in their order; an undefined tensor = 0.
/// Runs without recording.
using Backward = std::function<std::vector<at::Tensor>(const at::Tensor& upper)>;

/// `output`, which was computed from `inputs` without recording, as a tensor whose backward pass is `backward`. Returns
/// it unchanged when no gradients are recorded of the inputs.
at::Tensor recorded_step(const std::vector<at::Tensor>& inputs, const at::Tensor& output, Backward backward);

}  // namespace sightline::models
