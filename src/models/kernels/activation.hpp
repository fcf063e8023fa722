#pragma once

#include <ATen/core/Tensor.h>

namespace sightline::models {

/// The activations of the zoo. gelu is the exact one (by erf), as in torch.nn.GELU().
enum class Activation { none, relu, relu6, silu, hardswish, gelu };

/// Applies an activation elementwise to a tensor of any shape. Except for `none`, the result is a new tensor; autograd
/// can record it.
at::Tensor activate(const at::Tensor& x, Activation activation);

}  // namespace sightline::models
