#pragma once

#include <string_view>

#include <ATen/core/Tensor.h>

#include "models/activation.hpp"

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

/// A convolution's weight reordered for inputs of this shape.
at::Tensor pack(const at::Tensor& weight, const ConvGeometry& geometry, at::IntArrayRef input_shape);

/// activation(conv(x) + bias), x channels-last.
at::Tensor convolution(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                       const ConvGeometry& geometry, Activation activation);

/// activation(conv(x) + bias + residual), written over `residual` (channels-last, of the result's shape).
at::Tensor convolution_onto(at::Tensor residual, const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                            const ConvGeometry& geometry, Activation activation);

/// Whether `linear` is faster than ATen's (MKL's) product for so many rows: always with AVX512; with AVX2, where both
/// reach the processor's limit, only for few rows or a narrow matrix (measured on an AMD EPYC: 1.06 to 1.5, else 0.93).
bool linear_pays(std::int64_t rows, const at::Tensor& weight);

/// Two kinds of inputs of a linear layer: of few rows (as a classifier's) and of many (as of tokens).
bool few(std::int64_t rows);

/// A linear layer's weight (out x in) reordered for inputs of that kind; right for any number. The layout, and with it
/// the order in which products are summed, depends on the kind alone and not on what came first: the same input gives
/// the same bits.
at::Tensor pack_linear(const at::Tensor& weight, std::int64_t rows);

/// x W^T + bias over the last dimension of x; `bias` may be undefined.
at::Tensor linear(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias);

}  // namespace prepacked
}  // namespace sightline::models
