#pragma once

#include <limits>

#include <ATen/core/Tensor.h>

#include "models/kernels/activation.hpp"
#include "models/layers/input_gradient.hpp"
#include "models/layers/prepacked.hpp"
#include "models/layers/rules.hpp"

namespace sightline::models {

class ConvNorm;

/// A network's first layer where it is a convolution of the picture whose sums are clipped at most: up to there the
/// network is linear. So what it makes of a picture times a number, or of some of a picture's parts, is known from what
/// it makes of the picture or its parts, and gradients of many pictures are added up behind it and taken through it
/// once. Float32 on a CPU, channels-last; without autograd.
class FirstLayer {
 public:
  /// Whether a layer is one: float32 weights on a CPU, and no activation, ReLU or ReLU6.
  static bool fits(ConvNorm& layer);
  explicit FirstLayer(ConvNorm& layer);

  /// What Pass::give wants to know.
  const ConvNorm& layer() const { return layer_; }
  const ConvGeometry& geometry() const { return geometry_; }
  const at::Tensor& weight() const { return weight_; }  ///< channels x 3 x k x k, the norm folded in
  const at::Tensor& bias() const { return bias_; }
  /// The range that outputs are clipped to.
  float least() const { return activation_ == Activation::none ? -std::numeric_limits<float>::infinity() : 0.0F; }
  float most() const { return activation_ == Activation::relu6 ? 6.0F : std::numeric_limits<float>::infinity(); }

  /// x: N x 3 x H x W -> N x channels x h x w: sums without the bias.
  at::Tensor products(const at::Tensor& x);
  /// The layer's output: clipped(products + bias).
  at::Tensor outputs(const at::Tensor& x);
  /// The outputs for pictures times a number each, from their products: of variant k, factors[k] times picture
  /// slots[k].
  at::Tensor scaled_outputs(const at::Tensor& products, const at::Tensor& slots, const at::Tensor& factors) const;
  /// totals[slots[k]] += weights[k] * the gradient of the sums of variant k, given its outputs and their gradient.
  void add_gradients(const at::Tensor& totals, const at::Tensor& slots, const at::Tensor& weights,
                     const at::Tensor& outputs, const at::Tensor& gradient) const;
  /// From the gradient of the sums to that of the pictures, of which only the shape matters.
  at::Tensor input_gradient(const at::Tensor& upper, const at::Tensor& x);

 private:
  const ConvNorm& layer_;
  at::Tensor weight_;
  at::Tensor bias_;
  ConvGeometry geometry_;
  Activation activation_;
  prepacked::Filter filter_;
  InputGradient input_gradient_;
};

}  // namespace sightline::models
