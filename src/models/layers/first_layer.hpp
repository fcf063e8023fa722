#pragma once

#include <limits>

#include <ATen/core/Tensor.h>

#include "models/kernels/activation.hpp"
#include "models/layers/input_gradient.hpp"
#include "models/layers/prepacked.hpp"
#include "models/layers/rules.hpp"

namespace sightline::models {

class ConvNorm;

/// The first layer of a network, if it is a convolution with at most a ReLU or ReLU6: the first convolution is affine
/// up to its ReLU. Therefore the sums for a scaled image, or for an image of which some parts are masked, follow from
/// those of the image or its parts without another convolution; and gradients of many variants of an image can be
/// summed behind this layer and propagated through it once.
///
/// All tensors are float32, on a CPU and channels-last. Nothing is recorded by autograd. Where the layer has no
/// activation, its output range is infinite.
class FirstLayer {
 public:
  /// Whether this class supports a layer: float32 weights on a CPU, padding that does not depend on the image's size,
  /// and no activation, ReLU or ReLU6.
  static bool fits(ConvNorm& layer);
  /// layer: one that `fits`; it must outlive this object.
  explicit FirstLayer(ConvNorm& layer);

  /// The layer itself, as Pass::override_output needs it.
  const ConvNorm& layer() const { return layer_; }
  const ConvGeometry& geometry() const { return geometry_; }
  const at::Tensor& weight() const { return weight_; }  ///< channels x 3 x k x k, with the norm folded in
  const at::Tensor& bias() const { return bias_; }      ///< channels, with the norm folded in
  /// The range that the activation clips outputs to.
  float min_output() const { return activation_ == Activation::none ? -std::numeric_limits<float>::infinity() : 0.0F; }
  float max_output() const { return activation_ == Activation::relu6 ? 6.0F : std::numeric_limits<float>::infinity(); }

  /// The convolution's sums without bias and activation: N x 3 x H x W -> N x channels x h x w.
  at::Tensor linear_part(const at::Tensor& x);
  /// The layer's output: linear_part(x) + bias, clipped to the output range.
  at::Tensor outputs(const at::Tensor& x);
  /// The outputs for scaled images: variant k is factors[k] times the image slots[k] of those that linear_parts was
  /// computed from. slots: K, int64; factors: K, float32; result: K x channels x h x w.
  at::Tensor scaled_outputs(const at::Tensor& linear_parts, const at::Tensor& slots, const at::Tensor& factors) const;
  /// Adds to totals[slots[k]], for each variant k, weights[k] times the gradient with respect to the layer's sums. It
  /// is the gradient with respect to the outputs where these are not clipped, otherwise 0. outputs, gradient: K x
  /// channels x h x w; totals: images x channels x h x w.
  void add_gradients(const at::Tensor& totals, const at::Tensor& slots, const at::Tensor& weights,
                     const at::Tensor& outputs, const at::Tensor& gradient) const;
  /// Propagates a gradient with respect to the layer's sums (upper) to the input x, of which only the shape is used.
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
