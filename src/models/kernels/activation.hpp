#pragma once

#include <ATen/core/Tensor.h>

namespace sightline::models {

/// gelu is the exact one (erf), as in torch.nn.GELU().
enum class Activation { none, relu, relu6, silu, hardswish, gelu };

/// Elementwise; a new tensor, so that it can be differentiated.
at::Tensor activate(const at::Tensor& x, Activation activation);

}  // namespace sightline::models
