#pragma once

#include <ATen/core/Tensor.h>

#include "models/kernels/activation.hpp"

namespace sightline::models::winograd {

/// Whether a convolution is faster so than as a direct sum: float32 on a CPU whose matrix kernels LibTorch can call,
/// 3 x 3 windows of stride 1, or of stride 2 and padding 1, in one group, channels in multiples of 16. It does not
/// depend on the batch: the same picture gives the same bits in any.
bool pays(const at::Tensor& weight, std::int64_t stride, std::int64_t padding, std::int64_t groups);

/// A convolution of 3 x 3 windows by Winograd's minimal filtering (Lavin and Gray, arXiv 1509.09308). Of stride 1 by
/// F(4 x 4, 3 x 3): results are made in tiles of 4 x 4 from 36 products for each pair of channels, where the direct sum
/// takes 144. Of stride 2 by what is left of it (see winograd_tiles.hpp): 81 products. The error is twice that of
/// oneDNN's direct sum (relative L2 0.5 to 1.4e-6 for 64 to 512 channels), at stride 2 the same.
///
/// At stride 1 equal windows give equal results, and windows of zeros the bias, wherever that matters: plain windows
/// (see plain_windows.hpp) are summed directly. At stride 2 they may differ by rounding.
class Filter {
 public:
  Filter() = default;
  /// weight: out x in x 3 x 3, one that `pays`.
  Filter(const at::Tensor& weight, std::int64_t stride, std::int64_t padding);

  bool defined() const { return matrices_.defined(); }

  /// activation(conv(x) + bias + residual), channels-last. x: N x in x H x W, channels-last; `bias` and `residual` may
  /// be undefined; the result is written over `residual` (channels-last, of the result's shape). Without autograd.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& bias, Activation activation,
                        const at::Tensor& residual) const;
  /// The transposed convolution of stride 2 and padding 1, of which this one has the weight's flipped taps: N x in x h
  /// x w, channels-last -> N x out x rows x columns, where rows is 2 h or 2 h - 1, likewise columns.
  at::Tensor up(const at::Tensor& upper, std::int64_t rows, std::int64_t columns) const;

 private:
  std::int64_t in_ = 0;
  std::int64_t out_ = 0;
  std::int64_t stride_ = 1;
  std::int64_t padding_ = 0;
  at::Tensor matrices_;  ///< the filter at each point, in matrices of in x up to 64 out channels
  at::Tensor taps_;      ///< at stride 1, the filter itself for direct sums, likewise
};

}  // namespace sightline::models::winograd
