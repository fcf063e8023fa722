#pragma once

#include <ATen/core/Tensor.h>

namespace sightline::models {

/// torch.nn.GELU(): x (1 + erf(x / sqrt 2)) / 2, elementwise, a new tensor. Faster than ATen's for float32 on the CPU
/// where no gradients are recorded, within 6e-7 of the exact value; ATen's elsewhere.
at::Tensor gelu(const at::Tensor& x);

}  // namespace sightline::models
