// Integrated gradients from the zero baseline (the mean colour), with Captum's quadrature rules. By completeness the
// map sums to f(x) - f(0); the difference of the two is stored as convergence_delta.

#include <algorithm>
#include <cmath>
#include <numbers>

#include <ATen/TensorOperators.h>
#include <ATen/ops/abs.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>

#include "attribution/methods/gradient_sums.hpp"
#include "attribution/methods/gradients.hpp"
#include "attribution/methods/methods.hpp"

namespace sightline::attribution {
namespace {

/// The points between baseline (0) and image (1) at which gradients are taken, and their weights, which sum to 1.
struct Quadrature {
  std::vector<double> nodes;
  std::vector<double> weights;
};

/// Gauss-Legendre quadrature on [0, 1]: the nodes are the roots of the Legendre polynomial, found by Newton's method.
Quadrature gauss_legendre(std::int64_t n) {
  Quadrature rule{std::vector<double>(static_cast<std::size_t>(n)), std::vector<double>(static_cast<std::size_t>(n))};
  for (std::int64_t i = 0; i < n; ++i) {
    double x = -std::cos(std::numbers::pi * (static_cast<double>(i) + 0.75) / (static_cast<double>(n) + 0.5));
    double slope = 1.0;
    for (int round = 0; round < 100; ++round) {
      double before = 1.0;
      double value = x;
      for (std::int64_t k = 2; k <= n; ++k) {
        const auto degree = static_cast<double>(k);
        const double next = ((2.0 * degree - 1.0) * x * value - (degree - 1.0) * before) / degree;
        before = value;
        value = next;
      }
      slope = static_cast<double>(n) * (x * value - before) / (x * x - 1.0);
      const double step = value / slope;
      x -= step;
      if (std::abs(step) < 1e-15) {
        break;
      }
    }
    rule.nodes[static_cast<std::size_t>(i)] = 0.5 * (1.0 + x);
    rule.weights[static_cast<std::size_t>(i)] = 1.0 / ((1.0 - x * x) * slope * slope);
  }
  return rule;
}

Quadrature quadrature(const std::string& method, std::int64_t n) {
  if (method == "gausslegendre") {
    return gauss_legendre(n);
  }
  Quadrature rule;
  const auto count = static_cast<double>(n);
  for (std::int64_t i = 0; i < n; ++i) {
    const auto index = static_cast<double>(i);
    rule.nodes.push_back(method == "riemann_left"     ? index / count
                         : method == "riemann_right"  ? (index + 1.0) / count
                         : method == "riemann_middle" ? (index + 0.5) / count
                                                      : index / std::max(count - 1.0, 1.0));
    const bool half = method == "riemann_trapezoid" && (i == 0 || i + 1 == n);
    rule.weights.push_back(half ? 0.5 / count : 1.0 / count);
  }
  return rule;
}

/// The integrated gradients of the images `chosen` (indices): chosen x 3 x H x W.
at::Tensor integrate(Subject& subject, const at::Tensor& chosen, const Quadrature& rule) {
  const auto& x = subject.inputs();
  const auto steps = static_cast<std::int64_t>(rule.nodes.size());
  const auto on_device = [&](const std::vector<double>& values) {
    return at::tensor(values, at::kFloat).to(x.device());
  };
  const auto nodes = on_device(rule.nodes);
  const auto weights = on_device(rule.weights);
  GradientSums sums(subject, chosen);
  in_passes(chosen.size(0) * steps, subject.pass_size(), [&](std::int64_t first, std::int64_t count) {
    const auto slots = subject.owners(first, count, steps);
    const auto step = subject.owners(first, count, 1).remainder(steps);
    sums.add_scaled(nodes.index_select(0, step), slots, weights.index_select(0, step));
  });
  return sums.take() * x.index_select(0, chosen);
}

constexpr std::int64_t first_steps = 16;  ///< for steps = auto

Passes passes(const Parameters& parameters, Subject& /*grey*/) {
  return {.forward = 1, .gradient = parameters.is("steps", "auto") ? first_steps : parameters.integer("steps")};
}

Maps explain(const Parameters& parameters, Subject& subject) {
  constexpr std::int64_t max_steps = 1024;
  const bool automatic = parameters.is("steps", "auto");
  const auto& x = subject.inputs();
  const auto everyone = subject.owners(0, subject.images(), 1);
  const auto image_score = subject.logits().gather(1, subject.targets().unsqueeze(1)).squeeze(1).to(x.device());
  auto difference = at::empty_like(image_score);
  in_passes(subject.images(), subject.pass_size(), [&](std::int64_t first, std::int64_t count) {
    const auto owners = everyone.narrow(0, first, count);
    const auto blank = at::zeros_like(x.narrow(0, first, count));
    difference.narrow(0, first, count).copy_(image_score.narrow(0, first, count) - subject.scores(blank, owners));
  });
  auto attribution = at::empty_like(x);
  auto delta = at::empty_like(image_score);
  auto taken = at::empty_like(image_score);
  auto open = everyone;
  for (auto steps = automatic ? first_steps : parameters.integer("steps"); open.size(0) > 0; steps *= 2) {
    const auto made = integrate(subject, open, quadrature(parameters.text("method"), steps));
    const auto error = made.sum({1, 2, 3}, false, at::kDouble).to(at::kFloat) - difference.index_select(0, open);
    attribution.index_copy_(0, open, made);
    delta.index_copy_(0, open, error);
    taken.index_copy_(0, open, at::full_like(error, static_cast<double>(steps)));
    if (!automatic || steps >= max_steps) {
      break;
    }
    const auto allowed = difference.index_select(0, open).abs() * parameters.number("tolerance");
    open = open.index({error.abs().gt(allowed)});
  }
  return {merge_channels(parameters, attribution), {{"convergence_delta", delta.cpu()}, {"steps_taken", taken.cpu()}}};
}

}  // namespace

MethodSpec integrated_gradients() {
  return pixel_method(
      {"integratedgradients",
       "Integrated Gradients",
       "Sundararajan et al., arXiv 1703.01365",
       "`steps` forward and backward, 1 forward",
       "all models",
       MapKind::pixels,
       {{"steps", "N|auto", "100",
         "points of the integral; auto: 16, doubled up to 1024 until convergence_delta is within tolerance",
         whole_number_or_auto(1, 100'000)},
        {"tolerance", "SHARE", "0.01", "largest convergence_delta as a share of f(x) - f(0), for steps = auto",
         number(0.0, 1.0)},
        {"method", "RULE", "gausslegendre",
         "gausslegendre, riemann_trapezoid, riemann_left, riemann_middle or riemann_right, as in Captum",
         one_of({"gausslegendre", "riemann_trapezoid", "riemann_left", "riemann_middle", "riemann_right"})},
        channels_parameter("sum")}},
      explain, passes, {{"convergence_delta"}, {"steps_taken"}});
}

}  // namespace sightline::attribution
