#pragma once

#include <array>
#include <map>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/kernels/activation.hpp"
#include "models/kernels/winograd.hpp"

namespace sightline::models {

/// The geometry of a convolution with square windows, apart from the window's size.
struct ConvGeometry {
  std::int64_t stride = 1;
  std::int64_t padding = 0;
  std::int64_t groups = 1;
};

/// oneDNN's convolution and linear layer with weights in the processor's blocked layout; the convolution has the
/// residual and the activation fused into it. They run on CPUs and are not recorded by autograd. These are the
/// operators that LibTorch provides for compiled graphs; they are looked up through its dispatcher.
namespace prepacked {

/// Whether this LibTorch has the operators with the arguments that are given to them here, and this processor supports
/// them in the given precision: float32 on all processors, bfloat16 with AVX512. Warns, once, when LibTorch has them
/// not.
bool available(at::ScalarType precision);

/// A convolution with a fixed weight. It runs by Winograd's minimal filtering where winograd::is_faster, otherwise as
/// oneDNN's direct sum. For the latter the weight is reordered for each shape of the input when it is first needed (the
/// last few shapes are cached).
class Filter {
 public:
  Filter() = default;
  Filter(at::Tensor weight, const ConvGeometry& geometry) : weight_(std::move(weight)), geometry_(geometry) {}

  /// The weight as given; undefined for a default-constructed filter.
  const at::Tensor& weight() const { return weight_; }
  const ConvGeometry& geometry() const { return geometry_; }

  /// activation(conv(x) + bias + residual), channels-last. x: N x in x H x W; bias: out, or undefined; residual: N x
  /// out x h x w, or undefined. A residual that is channels-last is overwritten with the result.
  at::Tensor operator()(const at::Tensor& x, const at::Tensor& bias, Activation activation,
                        const at::Tensor& residual = {});

 private:
  const at::Tensor& packed(at::IntArrayRef input_shape);

  at::Tensor weight_;  ///< out x in / groups x k x k
  ConvGeometry geometry_;
  std::map<std::vector<std::int64_t>, at::Tensor> packed_;
  winograd::Filter winograd_;
};

/// Whether `linear` is faster than ATen's (MKL's) product for an input of `rows` rows: always with AVX512. With AVX2,
/// where both reach the processor's limit, only for few rows or a narrow matrix (measured on an AMD EPYC: 1.06 to 1.5
/// times as fast, otherwise 0.93).
bool linear_is_faster(std::int64_t rows, const at::Tensor& weight);

/// The weight of a linear layer, reordered for inputs of few rows (classifiers) and of many rows (tokens), each when it
/// is first needed. The layout, which determines the order of summation, depends only on which of the two cases applies
/// and not on earlier inputs, so the same input always gives the same bits.
class Matrix {
 public:
  Matrix() = default;
  explicit Matrix(at::Tensor weight) : weight_(std::move(weight)) {}

  /// The weight as given; undefined for a default-constructed matrix.
  const at::Tensor& weight() const { return weight_; }
  /// The weight reordered for an input of `rows` rows.
  const at::Tensor& packed(std::int64_t rows);

 private:
  at::Tensor weight_;                 ///< out x in
  std::array<at::Tensor, 2> packed_;  ///< for few rows and for many
};

/// x W^T + bias over the last dimension of x, which must be contiguous. packed: Matrix::packed for the number of rows
/// of x; bias: out, or undefined.
at::Tensor linear(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias);

}  // namespace prepacked
}  // namespace sightline::models
