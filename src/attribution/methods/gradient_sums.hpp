#pragma once

#include <ATen/core/Tensor.h>

#include "attribution/subject.hpp"

namespace sightline::attribution {

/// Weighted sums, for some of a batch's images, of the gradients of their targets' logits at variants of them: what
/// Integrated Gradients and SmoothGrad are made of. Where the model has a models::FirstLayer, sums are made behind it
/// and taken through it once (saves a seventh of Integrated Gradients' time with ResNet18 at 448 x 448).
class GradientSums {
 public:
  /// `chosen`: the images' numbers in the batch, int64, on the model's device. A slot is a place in it.
  GradientSums(Subject& subject, const at::Tensor& chosen);

  /// Adds weights[k] times the gradient at variants[k] (K x 3 x H x W, float32) to the sum of slots[k].
  void add(const at::Tensor& variants, const at::Tensor& slots, const at::Tensor& weights);
  /// The same at factors[k] times the image itself.
  void add_scaled(const at::Tensor& factors, const at::Tensor& slots, const at::Tensor& weights);
  /// The sums: chosen x 3 x H x W. Once, at the end.
  at::Tensor take();

 private:
  void add_behind(const at::Tensor& outputs, const at::Tensor& slots, const at::Tensor& weights);

  Subject& subject_;
  at::Tensor chosen_;
  at::Tensor images_;
  models::FirstLayer* first_layer_;
  at::Tensor products_;  ///< of the first layer and the images
  at::Tensor totals_;    ///< behind the first layer where there is one
};

}  // namespace sightline::attribution
