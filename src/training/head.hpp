#pragma once

#include <cstdint>
#include <functional>

#include <ATen/core/Tensor.h>

/// The linear classifier on top of fixed features: multinomial logistic regression.
namespace sightline::training {

struct HeadSettings {
  std::int64_t classes = 2;
  double weight_decay = 1e-3;     ///< lambda of lambda / 2 |W|^2; scikit-learn's C is 1 / (lambda N)
  double label_smoothing = 0.0;   ///< share of the target that is spread over all classes
  std::int64_t most_steps = 500;  ///< of L-BFGS
  double tolerance = 1e-6;        ///< on the largest entry of the gradient
};

struct HeadStep {
  std::int64_t number = 0;
  double loss = 0.0;      ///< mean cross entropy plus the decay's part
  double gradient = 0.0;  ///< its largest entry
  at::Tensor weight;      ///< classes x F, float64
  at::Tensor bias;        ///< classes, float64
};

/// Minimises the mean cross entropy of softmax(features W^T + b) plus the decay, which does not touch the bias, by
/// L-BFGS (Liu and Nocedal 1989) in float64: a convex problem, so the result does not depend on a start.
/// features: N x F; labels: N, int64, values 0 to classes - 1; `seen` is shown every step, the start included. The
/// result is converged when its gradient is below the tolerance. Throws base::Error(input) when the features are not
/// finite.
HeadStep train_head(
    const at::Tensor& features, const at::Tensor& labels, const HeadSettings& settings,
    const std::function<void(const HeadStep&)>& seen = [](const HeadStep&) {});

/// The share of images whose largest logit is that of their label.
double head_accuracy(const HeadStep& head, const at::Tensor& features, const at::Tensor& labels);

}  // namespace sightline::training
