#include "training/batch_statistics.hpp"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>

#include "models/kernels/recorded_step.hpp"

namespace sightline::training {
namespace {

at::Tensor sum_of_channels(const at::Tensor& x) {
  return x.sum({0, 2, 3}, /*keepdim=*/false, at::kDouble);
}

/// C numbers as factors of x.
at::Tensor per_channel(const at::Tensor& values, const at::Tensor& x) {
  return values.to(x.scalar_type()).view({1, -1, 1, 1});
}

/// Over all ranks, in one message.
void sum_together(const BatchStatistics::Sum& sum, const std::vector<at::Tensor*>& parts) {
  std::vector<at::Tensor> copies;
  copies.reserve(parts.size());
  for (const auto* part : parts) {
    copies.push_back(part->reshape({-1}));
  }
  auto all = at::cat(copies).cpu().contiguous();
  sum({all.mutable_data_ptr<double>(), static_cast<std::size_t>(all.numel())});
  std::int64_t first = 0;
  for (auto* part : parts) {
    const auto size = part->numel();
    *part = all.narrow(0, first, size).reshape(part->sizes()).to(part->device());
    first += size;
  }
}

}  // namespace

bool is_statistic(const std::string& name) {
  return name.ends_with("running_mean") || name.ends_with("running_var");
}

/// Two passes over the numbers: the variance of small differences of large values is not lost.
BatchStatistics::Moments BatchStatistics::moments(const at::Tensor& x) const {
  auto mean = sum_of_channels(x);
  auto values = at::full({1}, static_cast<double>(x.size(0) * x.size(2) * x.size(3)), mean.options());
  sum_together(sum_, {&mean, &values});
  mean = mean / values;
  const auto centred = x - per_channel(mean, x);
  auto variance = sum_of_channels(centred * centred);
  sum_together(sum_, {&variance});
  return {mean, variance / values, values.item<double>()};
}

at::Tensor BatchStatistics::norm(const at::Tensor& x, const models::NormStep& step) const {
  if (trained_.count(step.path + ".weight") == 0) {
    return Rules::norm(x, step);
  }
  Moments batch;
  at::Tensor normalised;
  at::Tensor factor;  // 1 / standard deviation
  {
    const at::NoGradGuard no_gradients;
    batch = moments(x.narrow(0, 0, pictures_));
    factor = (batch.variance + step.epsilon).rsqrt();
    normalised = (x - per_channel(batch.mean, x)) * per_channel(factor, x);
  }
  seen_[step.path] = batch;
  // d loss / d x = factor (g - mean(g) - n mean(g n)), with g the gradient of the normalised values n and the means
  // over the whole batch: mean and variance depend on every picture.
  const auto backward = [this, normalised, factor, values = batch.values](const at::Tensor& upper) {
    const auto mine = upper.narrow(0, 0, pictures_);
    auto slope = sum_of_channels(mine);
    auto along = sum_of_channels(mine * normalised.narrow(0, 0, pictures_));
    sum_together(sum_, {&slope, &along});
    return std::vector<at::Tensor>{per_channel(factor, upper) * (upper - per_channel(slope / values, upper) -
                                                                 normalised * per_channel(along / values, upper))};
  };
  const auto n = models::recorded_step({x}, normalised, backward);
  return n * per_channel(step.weight, x) + per_channel(step.bias, x);
}

void BatchStatistics::update(models::NamedTensors& parameters) const {
  constexpr double momentum = 0.1;
  const at::NoGradGuard no_gradients;
  for (const auto& [path, batch] : seen_) {
    const auto unbiased = batch.variance * (batch.values / std::max(1.0, batch.values - 1.0));
    const auto move = [&parameters](const std::string& name, const at::Tensor& to) {
      auto& running = parameters.at(name);
      running.mul_(1.0 - momentum).add_(to.to(running.scalar_type()), momentum);
    };
    move(path + ".running_mean", batch.mean);
    move(path + ".running_var", unbiased);
  }
}

}  // namespace sightline::training
