#pragma once

#include <ATen/core/Tensor.h>

/// Loops over activations for which ATen's operators would go over memory several times. Autograd does not record them.
namespace sightline::models::kernels {

/// Whether autograd records what is computed from x.
bool recorded(const at::Tensor& x);

/// Whether scale_shift_relu supports x: float32, N x C x H x W, on the CPU, and not recorded. In memory, the channels
/// of a pixel must be adjacent and the pixels equally far apart, as in a channels-last tensor or a range of its
/// channels.
bool supports(const at::Tensor& x);

/// max(x * scale + shift, 0) with one scale and shift per channel, in one pass over memory. scale, shift: C numbers;
/// result: channels-last.
at::Tensor scale_shift_relu(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift);

/// a / (b + epsilon), or a / (b - epsilon) where b is negative. a and b have the same shape. One pass over memory if
/// both are float32 on the CPU with the same strides.
at::Tensor stabilised_ratio(const at::Tensor& a, const at::Tensor& b, float epsilon);

/// The 2-norm of each channel over all pixels: N x H x W x C -> N x 1 x 1 x C. If x is a contiguous float32 or bfloat16
/// tensor on the CPU, it is read once in memory order, while ATen's reduction reads it with strides.
at::Tensor channel_norms(const at::Tensor& x);

}  // namespace sightline::models::kernels
