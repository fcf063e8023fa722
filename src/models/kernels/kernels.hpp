#pragma once

#include <ATen/core/Tensor.h>

/// Loops over activations for which ATen needs several passes over memory. Without autograd.
namespace sightline::models::kernels {

/// Whether gradients are recorded of what is computed from x.
bool recorded(const at::Tensor& x);

/// Whether the functions here take x: float32, N x C x H x W on the CPU, the channels of a pixel next to each other and
/// the pixels equally far apart (a channels-last tensor, or some of its channels), and no gradients are recorded.
bool takes(const at::Tensor& x);

/// max(x * scale + shift, 0) with one scale and shift per channel, in one pass; channels-last.
at::Tensor scale_shift_relu(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift);

/// a / (b + epsilon), or a / (b - epsilon) where b is negative, in one pass where both lie alike on the CPU. Same
/// shape.
at::Tensor stabilised_ratio(const at::Tensor& a, const at::Tensor& b, float epsilon);

/// The 2-norm of each channel over the picture: x N x H x W x C -> N x 1 x 1 x C. One pass along memory where x is a
/// contiguous float32 or bfloat16 tensor on the CPU, which ATen's reduction strides over.
at::Tensor channel_norms(const at::Tensor& x);

}  // namespace sightline::models::kernels
