#pragma once

#include <array>
#include <map>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/kernels/activation.hpp"
#include "models/kernels/winograd.hpp"

namespace sightline::models {

/// Shape of a convolution without its channels.
struct ConvGeometry {
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t groups = 1;
};

/// oneDNN's convolution and linear layer with a weight in the processor's own blocked layout, the convolution with the
/// activation and a residual fused into it: for CPUs, without autograd. These are the operators that LibTorch ships for
/// compiled graphs, found through its dispatcher.
namespace prepacked {

/// Whether this LibTorch has the operators and this processor runs them for such numbers: float32 anywhere, bfloat16
/// with AVX512.
bool available(at::ScalarType precision);

/// A convolution with a fixed weight, by Winograd's minimal filtering where that pays, else as oneDNN's direct sum with
/// the weight reordered for inputs of a shape when first needed (the last few shapes are kept).
class Filter {
 public:
  Filter() = default;
  Filter(at::Tensor weight, const ConvGeometry& geometry) : weight_(std::move(weight)), geometry_(geometry) {}

  const at::Tensor& weight() const { return weight_; }
  const ConvGeometry& geometry() const { return geometry_; }

  /// activation(conv(x) + bias + residual), channels-last. `bias` and `residual` may be undefined; a residual that is
  /// channels-last is written over.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& bias, Activation activation,
                        const at::Tensor& residual = {});

 private:
  const at::Tensor& packed(at::IntArrayRef input_shape);

  at::Tensor weight_;  ///< out x in / groups x k x k
  ConvGeometry geometry_;
  std::map<std::vector<std::int64_t>, at::Tensor> packed_;
  winograd::Filter winograd_;
};

/// Whether `linear` is faster than ATen's (MKL's) product for so many rows: always with AVX512; with AVX2, where both
/// reach the processor's limit, only for few rows or a narrow matrix (measured on an AMD EPYC: 1.06 to 1.5, else 0.93).
bool linear_pays(std::int64_t rows, const at::Tensor& weight);

/// The weight of a linear layer, reordered for inputs of few rows (as a classifier's) and of many (as of tokens), each
/// when first needed. The layout, and with it the order in which products are summed, depends on the kind alone and
/// not on what came first: the same input gives the same bits.
class Matrix {
 public:
  Matrix() = default;
  explicit Matrix(at::Tensor weight) : weight_(std::move(weight)) {}

  const at::Tensor& weight() const { return weight_; }
  /// Reordered for so many rows.
  const at::Tensor& packed(std::int64_t rows);

 private:
  at::Tensor weight_;                 ///< out x in
  std::array<at::Tensor, 2> packed_;  ///< for few rows and for many
};

/// x W^T + bias over the last dimension of x (contiguous), W packed for its rows; `bias` may be undefined.
at::Tensor linear(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias);

}  // namespace prepacked
}  // namespace sightline::models
