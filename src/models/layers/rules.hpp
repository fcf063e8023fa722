#pragma once

#include <functional>
#include <string>

#include <ATen/core/Tensor.h>

#include "models/kernels/activation.hpp"
#include "models/layers/prepacked.hpp"

namespace sightline::models {

/// A convolution as a step of a network. It refers to the layer's parameters.
struct ConvolutionStep {
  const at::Tensor& weight;
  const at::Tensor& bias;  ///< may be undefined
  const ConvGeometry& geometry;
  bool sees_image = false;  ///< whether its input is the image

  /// N x in x H x W -> N x out x h x w.
  at::Tensor operator()(const at::Tensor& x) const { return apply(x, weight, bias); }
  /// The same with another weight and bias; `b` may be undefined.
  at::Tensor apply(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b = {}) const;
  /// The gradient with respect to x of the convolution with weight w. upper: the gradient with respect to its output.
  at::Tensor gradient(const at::Tensor& upper, const at::Tensor& x, const at::Tensor& w) const;
};

/// A batch norm as a step of a network.
struct NormStep {
  at::Tensor scale;          ///< 1 x C x 1 x 1, from the running statistics: y = x * scale + shift
  at::Tensor shift;          ///< 1 x C x 1 x 1
  const at::Tensor& weight;  ///< the learnt weight: C, float64
  const at::Tensor& bias;    ///< the learnt bias: C, float64
  double epsilon;
  const std::string& path;  ///< of the module
};

/// The backward rule of each kind of step of a network. Every function computes the step's usual output and records how
/// a backward pass goes through it. Guided backpropagation, DeepLIFT and LRP override the steps in which they differ
/// from the chain rule, which this class implements. A function may throw when its method is not defined for the step.
class Rules {
 public:
  Rules() = default;
  Rules(const Rules&) = delete;
  Rules& operator=(const Rules&) = delete;
  virtual ~Rules() = default;

  /// Whether batch norms are folded into the convolution before them. Otherwise `norm` is called after `convolution`.
  virtual bool folds_norms() const { return true; }
  virtual at::Tensor convolution(const at::Tensor& x, const ConvolutionStep& step) const;
  /// x W^T + bias over the last dimension; bias may be undefined.
  virtual at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) const;
  virtual at::Tensor norm(const at::Tensor& x, const NormStep& step) const;
  virtual at::Tensor activation(const at::Tensor& x, Activation activation) const;
  /// a + b, both of the same shape: residual connections.
  virtual at::Tensor sum(const at::Tensor& a, const at::Tensor& b) const;
  virtual at::Tensor max_pool(const at::Tensor& x, std::int64_t side, std::int64_t stride, std::int64_t padding) const;
  /// pool(x), where `pool` is a linear function that averages over cells.
  virtual at::Tensor average(const at::Tensor& x, const std::function<at::Tensor(const at::Tensor&)>& pool) const;
  /// x * gate, as in squeeze-and-excitation; gate is broadcast to the shape of x.
  virtual at::Tensor gated(const at::Tensor& x, const at::Tensor& gate) const;
  /// torch.nn.LayerNorm over the last dimension.
  virtual at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                                double epsilon) const;
  /// The matrix product of two activations, as in attention.
  virtual at::Tensor product(const at::Tensor& a, const at::Tensor& b) const;
};

}  // namespace sightline::models
