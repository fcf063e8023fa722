#include "training/batch_statistics.hpp"

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/full.h>

#include "models/kernels/recorded_step.hpp"

namespace sightline::training {
namespace {

/// The sum of each channel over images and pixels: N x C x H x W -> C, float64.
at::Tensor sum_of_channels(const at::Tensor& x) {
  return x.sum({0, 2, 3}, /*keepdim=*/false, at::kDouble);
}

/// C values in a shape that broadcasts over x, N x C x H x W, and in its precision.
at::Tensor per_channel(const at::Tensor& values, const at::Tensor& x) {
  return values.to(x.scalar_type()).view({1, -1, 1, 1});
}

/// Replaces each tensor by its sum over all ranks. All tensors are summed in one call of `sum`.
void sum_over_ranks(const BatchStatistics::Sum& sum, const std::vector<at::Tensor*>& parts) {
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

bool is_running_statistic(const std::string& name) {
  return name.ends_with("running_mean") || name.ends_with("running_var");
}

/// Computes the variance from the centred values, in a second pass, so that it is accurate for large means.
BatchStatistics::Moments BatchStatistics::moments(const at::Tensor& x) const {
  auto mean = sum_of_channels(x);
  auto count = at::full({1}, static_cast<double>(x.size(0) * x.size(2) * x.size(3)), mean.options());
  sum_over_ranks(sum_, {&mean, &count});
  mean = mean / count;
  const auto centred = x - per_channel(mean, x);
  auto variance = sum_of_channels(centred * centred);
  sum_over_ranks(sum_, {&variance});
  return {mean, variance / count, count.item<double>()};
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
    batch = moments(x.narrow(0, 0, images_));
    factor = (batch.variance + step.epsilon).rsqrt();
    normalised = (x - per_channel(batch.mean, x)) * per_channel(factor, x);
  }
  batch_moments_[step.path] = batch;
  // d loss / d x = factor (g - mean(g) - n mean(g n)), where g is the gradient with respect to the normalised values n.
  // The means are over the whole batch, since mean and variance depend on all its images.
  const auto backward = [this, normalised, factor, count = batch.count](const at::Tensor& upper) {
    const auto own = upper.narrow(0, 0, images_);
    auto sum_g = sum_of_channels(own);
    auto sum_gn = sum_of_channels(own * normalised.narrow(0, 0, images_));
    sum_over_ranks(sum_, {&sum_g, &sum_gn});
    return std::vector<at::Tensor>{per_channel(factor, upper) * (upper - per_channel(sum_g / count, upper) -
                                                                 normalised * per_channel(sum_gn / count, upper))};
  };
  const auto n = models::recorded_step({x}, normalised, backward);
  return n * per_channel(step.weight, x) + per_channel(step.bias, x);
}

void BatchStatistics::update(models::NamedTensors& parameters) const {
  constexpr double momentum = 0.1;
  const at::NoGradGuard no_gradients;
  for (const auto& [path, batch] : batch_moments_) {
    const auto unbiased = batch.variance * (batch.count / std::max(1.0, batch.count - 1.0));
    const auto update_one = [&parameters](const std::string& name, const at::Tensor& value) {
      auto& running = parameters.at(name);
      running.mul_(1.0 - momentum).add_(value.to(running.scalar_type()), momentum);
    };
    update_one(path + ".running_mean", batch.mean);
    update_one(path + ".running_var", unbiased);
  }
}

}  // namespace sightline::training
