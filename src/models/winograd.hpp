#pragma once

#include <ATen/core/Tensor.h>

#include "models/activation.hpp"

namespace sightline::models::winograd {

/// Whether a convolution is faster so than as a direct sum: float32 on a CPU whose matrix kernels LibTorch can call,
/// 3 x 3 windows of stride 1 in one group, channels in multiples of 16. It does not depend on the batch: the same
/// picture gives the same bits in any.
bool pays(const at::Tensor& weight, std::int64_t stride, std::int64_t groups);

/// A convolution of 3 x 3 windows by Winograd's minimal filtering F(4 x 4, 3 x 3) (Lavin and Gray, arXiv 1509.09308):
/// results are made in tiles of 4 x 4 from 36 products for each pair of channels, where the direct sum takes 144. Its
/// error is twice that of oneDNN's direct sum (relative L2 0.5 to 1.4e-6 for 64 to 512 channels).
///
/// Equal windows give equal results, and windows of zeros the bias, wherever that matters: plain windows (see
/// plain_windows.hpp) are summed directly.
class Filter {
 public:
  Filter() = default;
  /// weight: out x in x 3 x 3, one that `pays`.
  Filter(const at::Tensor& weight, std::int64_t padding);

  bool defined() const { return at_points_.defined(); }

  /// activation(conv(x) + bias + residual), channels-last. x: N x in x H x W, channels-last; `bias` and `residual` may
  /// be undefined; the result is written over `residual` (channels-last, of the result's shape). Without autograd.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& bias, Activation activation,
                        const at::Tensor& residual) const;

 private:
  std::int64_t in_ = 0;
  std::int64_t out_ = 0;
  std::int64_t padding_ = 0;
  at::Tensor at_points_;  ///< the filter at each point, in matrices of in x up to 64 out channels
  at::Tensor taps_;       ///< the filter itself for direct sums, likewise
};

}  // namespace sightline::models::winograd
