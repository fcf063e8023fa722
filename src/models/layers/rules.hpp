#pragma once

#include <functional>
#include <string>

#include <ATen/core/Tensor.h>

#include "models/kernels/activation.hpp"
#include "models/layers/prepacked.hpp"

namespace sightline::models {

/// A convolution as a step of a network.
struct ConvolutionStep {
  const at::Tensor& weight;
  const at::Tensor& bias;  ///< may be undefined
  const ConvGeometry& geometry;
  bool sees_image = false;  ///< its input is the picture

  at::Tensor operator()(const at::Tensor& x) const { return apply(x, weight, bias); }
  /// The same with other parameters; `b` may be undefined.
  at::Tensor apply(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b = {}) const;
  /// The gradient with respect to x of the convolution with weight w.
  at::Tensor gradient(const at::Tensor& upper, const at::Tensor& x, const at::Tensor& w) const;
};

/// A batch norm as a step of a network.
struct NormStep {
  at::Tensor scale;  ///< 1 x C x 1 x 1, by its running statistics: y = x * scale + shift
  at::Tensor shift;
  const at::Tensor& weight;  ///< its parameters: C, float64
  const at::Tensor& bias;
  double epsilon;
  const std::string& path;  ///< the module's
};

/// How the steps of a network are recorded. Forward they compute what they always do; what a backward pass then makes
/// of each is what guided backpropagation, DeepLIFT and LRP differ in. These are the plain chain rule.
class Rules {
 public:
  Rules() = default;
  Rules(const Rules&) = delete;
  Rules& operator=(const Rules&) = delete;
  virtual ~Rules() = default;

  /// Whether batch norms are folded into the convolution before them; otherwise `norm` is called.
  virtual bool folds_norms() const { return true; }
  virtual at::Tensor convolution(const at::Tensor& x, const ConvolutionStep& step) const;
  /// x W^T + bias; bias may be undefined.
  virtual at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) const;
  virtual at::Tensor norm(const at::Tensor& x, const NormStep& step) const;
  virtual at::Tensor activation(const at::Tensor& x, Activation activation) const;
  virtual at::Tensor sum(const at::Tensor& a, const at::Tensor& b) const;
  virtual at::Tensor max_pool(const at::Tensor& x, std::int64_t side, std::int64_t stride, std::int64_t padding) const;
  /// `pool`: an average over cells.
  virtual at::Tensor average(const at::Tensor& x, const std::function<at::Tensor(const at::Tensor&)>& pool) const;
  /// x * gate: squeeze-and-excitation.
  virtual at::Tensor gated(const at::Tensor& x, const at::Tensor& gate) const;
  virtual at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                double epsilon) const;
  /// Matrix product of two activations: attention.
  virtual at::Tensor product(const at::Tensor& a, const at::Tensor& b) const;
};

}  // namespace sightline::models
