#pragma once

#include <ATen/core/Tensor.h>

#include "models/kernels/activation.hpp"

namespace sightline::models::winograd {

/// Whether a convolution is faster by Winograd's filtering than as a direct sum: float32 on a CPU for which LibTorch
/// has small matrix products; 3 x 3 windows with stride 1, or with stride 2 and padding 1; one group; channels in
/// multiples of 16. The answer does not depend on the batch, so an image gives the same bits in every batch. weight:
/// out x in x k x k.
bool is_faster(const at::Tensor& weight, std::int64_t stride, std::int64_t padding, std::int64_t groups);

/// A convolution of 3 x 3 windows by Winograd's minimal filtering (Lavin and Gray, arXiv 1509.09308). With stride 1 it
/// is F(4 x 4, 3 x 3): a tile of 4 x 4 results takes 36 products for each pair of channels, where the direct sum takes
/// 144. With stride 2 a tile takes 81 products (see winograd_tiles.hpp). The rounding error is twice that of oneDNN's
/// direct sum with stride 1 (relative L2 0.5 to 1.4e-6 for 64 to 512 channels) and the same with stride 2.
///
/// With stride 1, plain windows (see plain_windows.hpp) are summed directly, so equal plain windows give equal results,
/// and a window of zeros gives the bias. With stride 2 such results may differ by rounding.
class Filter {
 public:
  Filter() = default;
  /// weight: out x in x 3 x 3, for which `is_faster` holds.
  Filter(const at::Tensor& weight, std::int64_t stride, std::int64_t padding);

  bool defined() const { return matrices_.defined(); }

  /// activation(conv(x) + bias + residual). x: N x in x H x W, channels-last; bias: out, or undefined; residual: N x
  /// out x h x w, channels-last, which is overwritten with the result, or undefined. Autograd does not record it.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& bias, Activation activation,
                        const at::Tensor& residual) const;
  /// The transposed convolution with stride 2 and padding 1 whose flipped weight this filter has: N x in x h x w,
  /// channels-last -> N x out x rows x columns, where rows is 2 h or 2 h - 1 and columns is 2 w or 2 w - 1.
  at::Tensor up(const at::Tensor& upper, std::int64_t rows, std::int64_t columns) const;

 private:
  std::int64_t in_ = 0;
  std::int64_t out_ = 0;
  std::int64_t stride_ = 1;
  std::int64_t padding_ = 0;
  at::Tensor matrices_;  ///< the transformed filter: at each point, matrices of in x up to 64 output channels
  at::Tensor taps_;      ///< with stride 1, the untransformed filter for direct sums, in the same layout
};

}  // namespace sightline::models::winograd
