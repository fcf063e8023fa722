#include "attribution/methods/lrp_rules.hpp"

#include <map>

#include <ATen/TensorOperators.h>
#include <ATen/ops/full_like.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/where.h>
#include <torch/csrc/autograd/autograd.h>

#include "attribution/method.hpp"
#include "models/kernels/kernels.hpp"
#include "models/kernels/on_host.hpp"
#include "models/kernels/recorded_step.hpp"
#include "models/layers/packed_convolution.hpp"

namespace sightline::attribution {
namespace {

using models::ConvolutionStep;
using models::NormStep;
using models::PackedConvolution;
using models::recorded_step;

/// a / b, 0 where b is 0.
at::Tensor safe_ratio(const at::Tensor& a, const at::Tensor& b) {
  return at::where(b.eq(0.0), at::Scalar(0.0F), a / b);
}

/// The shared part of the three rule sets for convolutional networks: activations pass relevance unchanged, sums and
/// averages distribute it in proportion to each input's contribution, and max pooling passes it to the maximum.
class ConvolutionalRules : public models::Rules {
 public:
  at::Tensor activation(const at::Tensor& x, models::Activation activation) const override {
    return recorded_step({x}, models::activate(x.detach(), activation),
                         [](const at::Tensor& upper) { return std::vector{upper}; });
  }

  at::Tensor sum(const at::Tensor& a, const at::Tensor& b) const override {
    const auto x = a.detach();
    const auto y = b.detach();
    return recorded_step({a, b}, x + y, [this, x, y](const at::Tensor& upper) {
      const auto share = ratio(upper, x + y);
      return std::vector{x * share, y * share};
    });
  }

  at::Tensor average(const at::Tensor& x, const std::function<at::Tensor(const at::Tensor&)>& pool) const override {
    const auto cells = x.detach();
    const auto pooled = pool(cells);
    // `pool` may not outlive this call, so its graph is recorded now for the backward pass.
    const at::AutoGradMode recording(true);
    const auto leaf = x.detach().requires_grad_(true);
    const auto graph = pool(leaf);
    return recorded_step({x}, pooled, [this, cells, pooled, leaf, graph](const at::Tensor& upper) {
      return std::vector{cells * torch::autograd::grad({graph}, {leaf}, {ratio(upper, pooled)}).front()};
    });
  }

  at::Tensor gated(const at::Tensor& x, const at::Tensor& gate) const override {
    return recorded_step({x}, x.detach() * gate.detach(), [](const at::Tensor& upper) { return std::vector{upper}; });
  }

  at::Tensor layer_norm(const at::Tensor& /*x*/, const at::Tensor& /*weight*/, const at::Tensor& /*bias*/,
                        double /*epsilon*/) const override {
    throw DoesNotFit("these rules are not defined for layer norm; attnlrp is");
  }
  at::Tensor product(const at::Tensor& /*a*/, const at::Tensor& /*b*/) const override {
    throw DoesNotFit("these rules are not defined for attention; attnlrp is");
  }

 protected:
  /// a / b, stabilised as the rule set defines it.
  virtual at::Tensor ratio(const at::Tensor& a, const at::Tensor& b) const = 0;

  /// The positive and the negative part of a weight; cached per weight.
  struct Parts {
    at::Tensor positive;
    at::Tensor negative;
  };
  const Parts& parts_of(const at::Tensor& weight) const {
    auto& parts = parts_[weight.unsafeGetTensorImpl()];
    if (!parts.positive.defined()) {
      parts = {weight.clamp_min(0.0), weight.clamp_max(0.0)};
    }
    return parts;
  }

  /// A convolution, and those by its weight's positive and negative parts without a bias; cached with their packed
  /// weights.
  struct Convolutions {
    PackedConvolution whole;
    PackedConvolution positive;
    PackedConvolution negative;
  };
  Convolutions& convolutions_of(const ConvolutionStep& step) const {
    const auto* key = step.weight.unsafeGetTensorImpl();
    const auto found = convolutions_.find(key);
    if (found != convolutions_.end()) {
      return found->second;
    }
    const auto& [positive, negative] = parts_of(step.weight);
    return convolutions_
        .emplace(key, Convolutions{{step.weight, step.bias, step.geometry},
                                   {positive, {}, step.geometry},
                                   {negative, {}, step.geometry}})
        .first->second;
  }

  /// The z+ rule (alpha 1, beta 0): relevance is distributed in proportion to x+ W+ and x- W-. joint: both share one
  /// denominator, which includes the positive part of the bias; otherwise each has its own, without a bias.
  at::Tensor positive_convolution(const at::Tensor& x, const ConvolutionStep& step, bool joint) const {
    const auto input = x.detach();
    auto& by = convolutions_of(step);
    return recorded_step({x}, by.whole(input), [this, input, &by, bias = step.bias, joint](const at::Tensor& upper) {
      const auto with_bias = [&](const at::Tensor& z) {
        return joint && bias.defined() ? z + bias.clamp_min(0.0).view({1, -1, 1, 1}) : z;
      };
      // After a ReLU, x- is 0. A GPU is not asked: reading the number would make it wait.
      if (models::on_host(input) && input.amin().item<float>() >= 0.0F) {
        return std::vector{input * by.positive.gradient(ratio(upper, with_bias(by.positive(input))), input)};
      }
      const auto above = input.clamp_min(0.0);
      const auto below = input.clamp_max(0.0);
      auto z = with_bias(by.positive(above));
      auto other = by.negative(below);
      if (joint) {
        z = other = z + other;
      }
      return std::vector{above * by.positive.gradient(ratio(upper, z), above) +
                         below * by.negative.gradient(ratio(upper, other), below)};
    });
  }

 private:
  mutable std::map<const void*, Parts> parts_;
  mutable std::map<const void*, Convolutions> convolutions_;
};

class ZennitRules : public ConvolutionalRules {
 public:
  explicit ZennitRules(bool all_positive) : all_positive_(all_positive) {}

  at::Tensor convolution(const at::Tensor& x, const ConvolutionStep& step) const override {
    return step.sees_image && !all_positive_ ? flat(x, step) : positive_convolution(x, step, /*joint=*/true);
  }

  at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) const override {
    const auto input = x.detach();
    const auto y = Rules::linear(input, weight, bias);
    return recorded_step({x}, y, [this, input, y, weight, bias](const at::Tensor& upper) {
      if (!all_positive_) {
        return std::vector{input * at::matmul(ratio(upper, y), weight)};
      }
      const auto& [positive, negative] = parts_of(weight);
      const auto above = input.clamp_min(0.0);
      const auto below = input.clamp_max(0.0);
      const auto z = Rules::linear(above, positive, bias.defined() ? bias.clamp_min(0.0) : bias) +
                     Rules::linear(below, negative, {});
      const auto share = ratio(upper, z);
      return std::vector{above * at::matmul(share, positive) + below * at::matmul(share, negative)};
    });
  }

  /// The epsilon rule. Only norms that do not follow a convolution (DenseNet) get here, since the others are folded.
  at::Tensor norm(const at::Tensor& x, const NormStep& step) const override {
    const auto part = x.detach() * step.scale;
    const auto y = part + step.shift;
    return recorded_step({x}, y,
                         [this, part, y](const at::Tensor& upper) { return std::vector{part * ratio(upper, y)}; });
  }

 protected:
  at::Tensor ratio(const at::Tensor& a, const at::Tensor& b) const override {
    // b of the flat rule has a single channel and image
    return models::kernels::stabilised_ratio(a, b.expand_as(a), 1e-6F);
  }

 private:
  /// The flat rule: all pixels of a window get the same share. It is computed as a convolution with one output channel
  /// whose weights are all 1.
  at::Tensor flat(const at::Tensor& x, const ConvolutionStep& step) const {
    return recorded_step({x}, convolutions_of(step).whole(x.detach()),
                         [this, input = x.detach(), geometry = step.geometry,
                          ones = at::ones_like(step.weight.narrow(0, 0, 1))](const at::Tensor& upper) {
                           PackedConvolution alike(ones, {}, geometry);
                           const auto reach = alike(at::ones_like(input.narrow(0, 0, 1)));
                           return std::vector{alike.gradient(ratio(upper.sum(1, /*keepdim=*/true), reach), input)};
                         });
  }

  bool all_positive_;
};

class FocusRules : public ConvolutionalRules {
 public:
  bool folds_norms() const override { return false; }

  at::Tensor convolution(const at::Tensor& x, const ConvolutionStep& step) const override {
    return step.sees_image ? bounded(x, step) : positive_convolution(x, step, /*joint=*/false);
  }

  at::Tensor linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) const override {
    const auto input = x.detach();
    return recorded_step({x}, Rules::linear(input, weight, bias), [this, input, weight](const at::Tensor& upper) {
      auto z = Rules::linear(input, weight, {});
      z = z + 0.25 * (z * z).mean(-1, /*keepdim=*/true).sqrt();
      return std::vector{input * at::matmul(ratio(upper, z), weight)};
    });
  }

  at::Tensor norm(const at::Tensor& x, const NormStep& step) const override {
    const auto part = x.detach() * step.scale;
    return recorded_step({x}, part + step.shift, [this, part, shift = step.shift](const at::Tensor& upper) {
      const auto z = part + 1e-9;
      return std::vector{part * ratio(upper, z + shift.abs() * z.sign())};
    });
  }

 protected:
  at::Tensor ratio(const at::Tensor& a, const at::Tensor& b) const override { return safe_ratio(a, b); }

 private:
  /// The zB rule, where the bounds of the pixels are the image's own minimum and maximum.
  at::Tensor bounded(const at::Tensor& x, const ConvolutionStep& step) const {
    const auto input = x.detach();
    auto& by = convolutions_of(step);
    return recorded_step({x}, by.whole(input), [input, &by, bias = step.bias](const at::Tensor& upper) {
      const auto low = input.amin({1, 2, 3}, true).expand_as(input).contiguous(at::MemoryFormat::ChannelsLast);
      const auto high = input.amax({1, 2, 3}, true).expand_as(input).contiguous(at::MemoryFormat::ChannelsLast);
      auto z = by.whole(input) - by.positive(low) - by.negative(high) + 1e-9;
      if (bias.defined()) {
        z -= bias.view({1, -1, 1, 1});
      }
      const auto share = upper / z;
      return std::vector{input * by.whole.gradient(share, input) - low * by.positive.gradient(share, input) -
                         high * by.negative.gradient(share, input)};
    });
  }
};

class AttentionRules : public models::Rules {
 public:
  /// The identity rule: the multiplier is output / input.
  at::Tensor activation(const at::Tensor& x, models::Activation activation) const override {
    const auto input = x.detach();
    const auto y = models::activate(input, activation);
    return recorded_step({x}, y,
                         [input, y](const at::Tensor& upper) { return std::vector{upper * safe_ratio(y, input)}; });
  }

  /// The identity rule: the standard deviation is treated as a constant.
  at::Tensor layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                        double epsilon) const override {
    const auto centred = x - x.mean(-1, /*keepdim=*/true);
    const auto deviation = ((centred * centred).mean(-1, /*keepdim=*/true) + epsilon).sqrt().detach();
    return centred / deviation * weight + bias;
  }

  /// The uniform rule: each factor gets half of the relevance.
  at::Tensor product(const at::Tensor& a, const at::Tensor& b) const override {
    const auto x = a.detach();
    const auto y = b.detach();
    return recorded_step({a, b}, x.matmul(y), [x, y](const at::Tensor& upper) {
      return std::vector{upper.matmul(y.transpose(-2, -1)) * 0.5, x.transpose(-2, -1).matmul(upper) * 0.5};
    });
  }

  at::Tensor gated(const at::Tensor& x, const at::Tensor& gate) const override { return x * gate.detach(); }
};

}  // namespace

std::unique_ptr<models::Rules> lrp_rules(const std::string& name) {
  if (name == "focus") {
    return std::make_unique<FocusRules>();
  }
  if (name == "attnlrp") {
    return std::make_unique<AttentionRules>();
  }
  return std::make_unique<ZennitRules>(name == "zplus_all");
}

}  // namespace sightline::attribution
