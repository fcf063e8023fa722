#pragma once

#include <ATen/core/Tensor.h>

/// Activations whose slope is not a matter of signs: elementwise, a new tensor. For float32 on the CPU loops of our
/// own, forward and backward, about three times as fast as ATen's on AVX2 (GELU: 0.75 against 2.3 ns a number) and
/// within 6e-7 of the exact value (ATen's: 4e-7); ATen's elsewhere.
namespace sightline::models {

/// torch.nn.GELU(): x (1 + erf(x / sqrt 2)) / 2.
at::Tensor gelu(const at::Tensor& x);

/// torch.nn.SiLU(): x / (1 + exp(-x)).
at::Tensor silu(const at::Tensor& x);

}  // namespace sightline::models
