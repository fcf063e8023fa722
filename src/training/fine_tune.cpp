#include "training/fine_tune.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cross_entropy_loss.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>

#include "base/error.hpp"
#include "models/model_parameters.hpp"
#include "training/batch_statistics.hpp"

namespace sightline::training {

std::set<std::string> trained_parameters(const models::ModelSpec& spec, const models::NamedTensors& parameters,
                                         std::int64_t blocks) {
  const auto order = models::list_parameters(spec).parameters;  // in forward order
  auto first = order.begin();
  if (blocks >= 0) {
    const auto source = models::given_parameters(parameters);
    const auto paths = models::Model(spec, *source).blocks();
    if (blocks > static_cast<std::int64_t>(paths.size())) {
      throw base::usage_error("layers: last:{}: {} has {} blocks", blocks, spec.id, paths.size());
    }
    const auto start =
        blocks == 0 ? models::classifier_of(spec) : paths[paths.size() - static_cast<std::size_t>(blocks)];
    first = std::find_if(order.begin(), order.end(),
                         [&](const models::ParameterFact& fact) { return fact.name.starts_with(start + "."); });
  }
  std::set<std::string> names;
  for (auto fact = first; fact != order.end(); ++fact) {
    if (!is_running_statistic(fact->name)) {
      names.insert(fact->name);
    }
  }
  return names;
}

Gradient loss_gradient(const models::ModelSpec& spec, const models::NamedTensors& parameters,
                       const std::set<std::string>& trained, const at::Tensor& images, const at::Tensor& labels,
                       double label_smoothing, const models::Rules& rules) {
  const at::AutoGradMode recording(true);
  models::NamedTensors leaves;
  torch::autograd::variable_list inputs;
  for (const auto& [name, tensor] : parameters) {
    leaves[name] = tensor.detach();
    if (trained.count(name) != 0) {
      leaves[name].requires_grad_(true);
      inputs.push_back(leaves[name]);
    }
  }
  const auto source = models::given_parameters(leaves);
  models::Model model(spec, *source, {images.device(), images.scalar_type()});
  models::Pass pass(rules);
  pass.start_recording();
  const auto logits = model.forward(images, pass);
  constexpr int sum = 2;  // at::Reduction::Sum
  const auto loss = at::cross_entropy_loss(logits, labels, {}, sum, -100, label_smoothing);
  const auto gradients = torch::autograd::grad({loss}, inputs, {}, std::nullopt, false, /*allow_unused=*/true);
  Gradient result{loss.item<double>(), {}};
  std::size_t next = 0;
  for (const auto& name : trained) {  // `trained` and `parameters` are both sorted by name
    const auto& gradient = gradients[next++];
    result.tensors[name] = gradient.defined() ? gradient : at::zeros_like(parameters.at(name));
  }
  return result;
}

at::Tensor& Optimizer::state_tensor(const std::string& name, const at::Tensor& like) {
  auto& tensor = state_[name];
  if (!tensor.defined()) {
    tensor = at::zeros_like(like);
  }
  return tensor;
}

void Optimizer::restore(models::NamedTensors state, std::int64_t steps) {
  state_ = std::move(state);
  steps_ = steps;
}

void Optimizer::step(models::NamedTensors& parameters, const models::NamedTensors& gradients, double rate) {
  const at::NoGradGuard no_gradients;
  ++steps_;
  for (const auto& [name, gradient] : gradients) {
    auto& parameter = parameters.at(name);
    const double decay = parameter.dim() > 1 ? settings_.weight_decay : 0.0;
    if (settings_.kind == OptimizerSettings::Kind::sgd) {
      auto& velocity = state_tensor(name + ".momentum", parameter);
      velocity.mul_(settings_.momentum).add_(gradient).add_(parameter, decay);
      parameter.add_(velocity, -rate);
      continue;
    }
    constexpr double beta1 = 0.9;
    constexpr double beta2 = 0.999;
    constexpr double epsilon = 1e-8;
    auto& mean = state_tensor(name + ".exp_avg", parameter);
    auto& square = state_tensor(name + ".exp_avg_sq", parameter);
    mean.mul_(beta1).add_(gradient, 1.0 - beta1);
    square.mul_(beta2).addcmul_(gradient, gradient, 1.0 - beta2);
    const auto count = static_cast<double>(steps_);
    const auto spread = (square / (1.0 - std::pow(beta2, count))).sqrt_().add_(epsilon);
    parameter.mul_(1.0 - rate * decay).addcdiv_(mean, spread, -rate / (1.0 - std::pow(beta1, count)));
  }
}

double learning_rate(double max_rate, std::int64_t step, std::int64_t steps, std::int64_t warmup) {
  if (step < warmup) {
    return max_rate * static_cast<double>(step + 1) / static_cast<double>(warmup);
  }
  const auto progress =
      static_cast<double>(step - warmup) / static_cast<double>(std::max<std::int64_t>(1, steps - warmup));
  return 0.5 * max_rate * (1.0 + std::cos(std::numbers::pi * progress));
}

}  // namespace sightline::training
