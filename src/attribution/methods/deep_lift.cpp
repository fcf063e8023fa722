// DeepLIFT with the rescale rule and the zero baseline: the multiplier of an elementwise step is the change of its
// output divided by the change of its input, between baseline and image. Max pooling is treated as in Captum. The
// images and their baselines go through the model as one batch.

#include <ATen/TensorOperators.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/max_pool2d_with_indices.h>
#include <ATen/ops/max_pool2d_with_indices_backward.h>
#include <ATen/ops/maximum.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>
#include <torch/csrc/autograd/autograd.h>

#include "attribution/methods/gradients.hpp"
#include "attribution/methods/methods.hpp"
#include "models/kernels/recorded_step.hpp"

namespace sightline::attribution {
namespace {

constexpr double min_change = 1e-10;  // below this change of the input the slope is used instead of the quotient

/// The difference between the batch's first half (images) and its second half (baselines), repeated for both halves.
at::Tensor change(const at::Tensor& values) {
  const auto halves = values.chunk(2);
  const auto difference = halves[0] - halves[1];
  return at::cat({difference, difference});
}

class RescaleRules : public models::Rules {
 public:
  at::Tensor activation(const at::Tensor& x, models::Activation activation) const override {
    if (activation == models::Activation::none) {
      return x;
    }
    const auto plain = x.detach();
    const auto y = models::activate(plain, activation);
    return models::recorded_step({x}, y, [plain, y, activation](const at::Tensor& upper) {
      const auto in = change(plain);
      const auto slope = change(y) / in;
      return std::vector{upper * at::where(in.abs().lt(min_change), slope_at(plain, activation), slope)};
    });
  }

  at::Tensor max_pool(const at::Tensor& x, std::int64_t side, std::int64_t stride,
                      std::int64_t padding) const override {
    const auto plain = x.detach();
    const auto [y, winners] = at::max_pool2d_with_indices(plain, side, stride, padding);
    return models::recorded_step(
        {x}, y, [plain, y = y, winners = winners, side, stride, padding](const at::Tensor& upper) {
          const auto back = [&](const at::Tensor& values) {
            const std::int64_t sides[] = {side, side};
            const std::int64_t strides[] = {stride, stride};
            const std::int64_t paddings[] = {padding, padding};
            const std::int64_t ones[] = {1, 1};
            return at::max_pool2d_with_indices_backward(values, plain, sides, strides, paddings, ones, false, winners);
          };
          const auto halves = y.chunk(2);
          const auto larger = at::maximum(halves[0], halves[1]);
          const auto parts = back(upper * at::cat({larger - halves[1], halves[0] - larger})).chunk(2);
          const auto in = change(plain);
          return std::vector{at::where(in.abs().lt(min_change), back(upper),
                                       at::cat({parts[0] + parts[1], parts[0] + parts[1]}) / in)};
        });
  }

  at::Tensor gated(const at::Tensor& /*x*/, const at::Tensor& /*gate*/) const override {
    throw DoesNotFit("the rescale rule is not defined for a product of two activations (squeeze-and-excitation, GRN)");
  }
  at::Tensor layer_norm(const at::Tensor& /*x*/, const at::Tensor& /*weight*/, const at::Tensor& /*bias*/,
                        double /*epsilon*/) const override {
    throw DoesNotFit("the rescale rule is not defined for layer norm");
  }
  at::Tensor product(const at::Tensor& /*a*/, const at::Tensor& /*b*/) const override {
    throw DoesNotFit("the rescale rule is not defined for attention");
  }

 private:
  static at::Tensor slope_at(const at::Tensor& x, models::Activation activation) {
    const at::AutoGradMode recording(true);
    const auto leaf = x.detach().requires_grad_(true);
    return torch::autograd::grad({models::activate(leaf, activation).sum()}, {leaf}).front();
  }
};

Maps explain(const Parameters& parameters, Subject& subject) {
  const RescaleRules rules;
  const auto& x = subject.inputs();
  const auto owners = subject.owners(0, subject.images(), 1);
  const auto both =
      subject.backward_by(rules, at::cat({x, at::zeros_like(x)}), at::cat({owners, owners}), Subject::Start::one);
  const auto multipliers = both.values.narrow(0, 0, subject.images());
  const auto scores = both.scores.chunk(2);
  const auto attribution = multipliers * x;
  const auto delta = attribution.sum({1, 2, 3}) - (scores[0] - scores[1]);
  return {merge_channels(parameters, attribution), {{"convergence_delta", delta.cpu()}}};
}

}  // namespace

MethodSpec deep_lift() {
  return pixel_method(
      {"deeplift",
       "DeepLIFT (rescale)",
       "Shrikumar et al., arXiv 1704.02685",
       "2 forward, 2 backward",
       "convolutional models without squeeze-and-excitation: AlexNet, VGG, ResNet, DenseNet, EfficientNet-Lite",
       MapKind::pixels,
       {channels_parameter("sum")}},
      explain, gradients_per_image(2), {{"convergence_delta"}},
      [](const models::Model& model) { check_fit(model, RescaleRules()); });
}

}  // namespace sightline::attribution
