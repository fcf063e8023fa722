#pragma once

#include <cstdint>
#include <functional>

#include <ATen/core/Tensor.h>

/// Training of a linear classifier on fixed features: multinomial logistic regression.
namespace sightline::training {

/// The settings of train_head.
struct HeadSettings {
  std::int64_t classes = 2;
  double weight_decay = 1e-3;    ///< lambda in lambda / 2 |W|^2; scikit-learn's C is 1 / (lambda N)
  double label_smoothing = 0.0;  ///< share of the target probability that is distributed evenly over all classes
  std::int64_t max_steps = 500;  ///< of L-BFGS
  double tolerance = 1e-6;       ///< training has converged if no entry of the gradient is larger in magnitude
};

/// The classifier after a step of the training.
struct HeadStep {
  std::int64_t number = 0;    ///< 0 = the start
  double loss = 0.0;          ///< mean cross entropy plus lambda / 2 |W|^2
  double max_gradient = 0.0;  ///< largest magnitude among the entries of the loss's gradient
  at::Tensor weight;          ///< W: classes x F, float64
  at::Tensor bias;            ///< b: classes, float64
};

/// Trains a classifier: minimises the mean cross entropy of softmax(features W^T + b) plus lambda / 2 |W|^2 by L-BFGS
/// (Liu and Nocedal, Mathematical Programming 1989) in float64, from W = 0 and b = 0. The problem is convex, so the
/// minimum does not depend on the start. Returns the last step. Training stops when it has converged, after max_steps,
/// or when no step reduces the loss further; the result has not converged if its max_gradient is above the tolerance.
///
/// features: N x F; labels: N, int64, 0 to classes - 1. on_step is called with every step, including the start. Throws
/// base::Error(input) if features are not finite.
HeadStep train_head(
    const at::Tensor& features, const at::Tensor& labels, const HeadSettings& settings,
    const std::function<void(const HeadStep&)>& on_step = [](const HeadStep&) {});

/// The share of the images whose largest logit is that of their label, in [0, 1]. features, labels: as for train_head.
double head_accuracy(const HeadStep& head, const at::Tensor& features, const at::Tensor& labels);

}  // namespace sightline::training
