#include "training/head.hpp"

#include <cmath>
#include <deque>
#include <optional>

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/dot.h>
#include <ATen/ops/full.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/log_softmax.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/scatter.h>
#include <ATen/ops/zeros.h>

#include "base/error.hpp"
#include "models/prediction.hpp"

namespace sightline::training {
namespace {

/// The loss as a function of a point, which is the matrix (W b), classes x (F + 1), flattened. Gradients have the same
/// form.
class Objective {
 public:
  Objective(const at::Tensor& features, const at::Tensor& labels, const HeadSettings& settings)
      : inputs_(at::cat({features.to(at::kDouble), at::ones({features.size(0), 1}, at::kDouble)}, 1)),
        decay_(at::full({settings.classes, features.size(1) + 1}, settings.weight_decay, at::kDouble)) {
    const auto spread = settings.label_smoothing / static_cast<double>(settings.classes);
    targets_ = at::full({features.size(0), settings.classes}, spread, at::kDouble)
                   .scatter(1, labels.unsqueeze(1), at::Scalar(1.0 - settings.label_smoothing + spread));
    decay_.select(1, -1).zero_();
  }

  at::Tensor start() const { return at::zeros({decay_.numel()}, at::kDouble); }

  struct Value {
    double loss;
    at::Tensor gradient;
  };
  Value operator()(const at::Tensor& point) const {
    const auto weights = point.view_as(decay_);
    const auto images = static_cast<double>(inputs_.size(0));
    const auto log_probability = at::log_softmax(inputs_.matmul(weights.t()), 1);
    const auto loss = -(targets_ * log_probability).sum() / images + 0.5 * (decay_ * weights * weights).sum();
    const auto gradient = (log_probability.exp() - targets_).t().matmul(inputs_) / images + decay_ * weights;
    return {loss.item<double>(), gradient.flatten()};
  }

  struct Evaluation {
    at::Tensor point;
    Value value;
  };
  /// Backtracking line search: of the points at 1, 1/2, 1/4 ... of the direction, the first that satisfies Armijo's
  /// condition, or nullopt if none does.
  std::optional<Evaluation> line_search(const at::Tensor& point, const Value& value,
                                        const at::Tensor& direction) const {
    const auto slope = at::dot(direction, value.gradient).item<double>();
    for (double length = 1.0; length > 1e-10; length *= 0.5) {
      auto next = point + length * direction;
      auto next_value = (*this)(next);
      if (next_value.loss <= value.loss + 1e-4 * length * slope) {
        return Evaluation{next, next_value};
      }
    }
    return std::nullopt;
  }

  /// The classifier at a point.
  HeadStep step(std::int64_t number, const at::Tensor& point, const Value& value) const {
    const auto weights = point.view_as(decay_);
    const auto features = weights.size(1) - 1;
    return {number, value.loss, value.gradient.abs().max().item<double>(), weights.narrow(1, 0, features).contiguous(),
            weights.select(1, features).contiguous()};
  }

 private:
  at::Tensor inputs_;   ///< N x (F + 1): the features and a 1, which the bias is multiplied by
  at::Tensor decay_;    ///< classes x (F + 1): lambda, or 0 for the bias
  at::Tensor targets_;  ///< N x classes: probabilities
};

/// L-BFGS's approximation of the inverse Hessian, from the last steps and the changes of the gradient along them.
class InverseHessian {
 public:
  /// The search direction for a gradient, by the two-loop recursion.
  at::Tensor direction(const at::Tensor& gradient) const {
    auto q = gradient.clone();
    std::vector<double> alphas(pairs_.size());
    for (auto i = pairs_.size(); i-- > 0;) {
      alphas[i] = pairs_[i].rho * at::dot(pairs_[i].step, q).item<double>();
      q -= alphas[i] * pairs_[i].change;
    }
    if (pairs_.empty()) {
      q /= std::max(1.0, gradient.norm().item<double>());
    } else {
      q *= 1.0 / (pairs_.back().rho * at::dot(pairs_.back().change, pairs_.back().change).item<double>());
    }
    for (std::size_t i = 0; i < pairs_.size(); ++i) {
      const auto beta = pairs_[i].rho * at::dot(pairs_[i].change, q).item<double>();
      q += (alphas[i] - beta) * pairs_[i].step;
    }
    return -q;
  }

  /// Adds a step and the change of the gradient along it.
  void update(const at::Tensor& step, const at::Tensor& change) {
    constexpr std::size_t history_size = 20;
    const auto curvature = at::dot(step, change).item<double>();
    if (curvature <= 0.0) {  // the objective is convex, so only rounding can cause this
      return;
    }
    pairs_.push_back({step, change, 1.0 / curvature});
    if (pairs_.size() > history_size) {
      pairs_.pop_front();
    }
  }

 private:
  struct Pair {
    at::Tensor step;
    at::Tensor change;
    double rho;  ///< 1 / (step . change)
  };
  std::deque<Pair> pairs_;
};

}  // namespace

HeadStep train_head(const at::Tensor& features, const at::Tensor& labels, const HeadSettings& settings,
                    const std::function<void(const HeadStep&)>& on_step) {
  if (!at::isfinite(features).all().item<bool>()) {
    throw base::input_error("the features of some images are not finite, so no classifier can be trained on them");
  }
  const Objective objective(features, labels, settings);
  auto point = objective.start();
  auto value = objective(point);
  auto step = objective.step(0, point, value);
  on_step(step);
  InverseHessian inverse_hessian;
  while (step.max_gradient > settings.tolerance && step.number < settings.max_steps) {
    const auto next = objective.line_search(point, value, inverse_hessian.direction(value.gradient));
    if (!next) {
      break;  // the loss cannot be reduced further in float64
    }
    inverse_hessian.update(next->point - point, next->value.gradient - value.gradient);
    point = next->point;
    value = next->value;
    step = objective.step(step.number + 1, point, value);
    on_step(step);
  }
  return step;
}

double head_accuracy(const HeadStep& head, const at::Tensor& features, const at::Tensor& labels) {
  const auto logits = features.to(at::kDouble).matmul(head.weight.t()) + head.bias;
  return models::predicted_classes(logits).eq(labels).to(at::kDouble).mean().item<double>();
}

}  // namespace sightline::training
