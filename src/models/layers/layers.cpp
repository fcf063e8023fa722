#include "models/layers/layers.hpp"

#include <algorithm>
#include <limits>

#include <ATen/TensorOperators.h>
#include <ATen/ops/addcmul.h>
#include <ATen/ops/constant_pad_nd.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/hardtanh_backward.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/max_pool2d.h>
#include <ATen/ops/mean.h>
#include <ATen/ops/relu.h>
#include <ATen/ops/zeros.h>

#include "models/kernels/kernels.hpp"
#include "models/kernels/on_host.hpp"
#include "models/kernels/recorded_step.hpp"

namespace sightline::models {
namespace {

at::Tensor per_channel(const at::Tensor& values) {
  return values.view({1, -1, 1, 1});
}

bool can_run_prepacked(const at::Tensor& x) {
  return on_host(x) && prepacked::available(x.scalar_type());
}

/// Whether the layer can run prepacked and nothing is recorded, so that the result needs no backward pass.
bool runs_prepacked(const at::Tensor& x) {
  return !kernels::recorded(x) && can_run_prepacked(x);
}

/// The gradient with respect to the input of an activation that clips, from its output.
at::Tensor through_clipping(const at::Tensor& upper, const at::Tensor& output, Activation activation) {
  if (activation == Activation::none) {
    return upper;
  }
  const double most = activation == Activation::relu6 ? 6.0 : std::numeric_limits<double>::infinity();
  return at::hardtanh_backward(upper, output, 0.0, most);
}

}  // namespace

Builder Builder::operator/(const std::string& name) const {
  Builder child = *this;
  child.path_ = path_.empty() ? name : path_ + "." + name;
  return child;
}

at::Tensor Builder::take(const std::string& name, at::IntArrayRef shape, const Init& init) const {
  return source_.take((*this / name).path_, shape, init).to(placement_.device);
}

const std::string& Builder::tappable() const {
  if (std::find(layers_.begin(), layers_.end(), path_) == layers_.end()) {
    layers_.push_back(path_);
  }
  return path_;
}

Norm::Norm(const Builder& at, std::int64_t channels, double epsilon, const Init& weight)
    : epsilon_(epsilon), path_(at.path()) {
  const auto take = [&](const char* name, const Init& init) { return at.take(name, {channels}, init).to(at::kDouble); };
  weight_ = take("weight", weight);
  bias_ = take("bias", Init::zeros());
  const auto mean = take("running_mean", Init::zeros());
  const auto variance = take("running_var", Init::ones());
  scale = weight_ / (variance + epsilon).sqrt();
  shift = bias_ - mean * scale;
}

NormStep Norm::step(at::ScalarType precision) const {
  return {per_channel(scale.to(precision)), per_channel(shift.to(precision)), weight_, bias_, epsilon_, path_};
}

ConvNorm::ConvNorm(const Builder& at, const Names& names, const ConvSettings& settings, Activation activation,
                   double epsilon, const Init& norm_weight)
    : geometry_{settings.stride,
                settings.same_padding && settings.stride > 1 ? 0 : settings.padding.value_or((settings.kernel - 1) / 2),
                settings.groups},
      same_padding_(settings.same_padding && settings.stride > 1),
      kernel_(settings.kernel),
      activation_(activation),
      precision_(at.placement().precision) {
  const auto conv = at / names.conv;
  weight_ = conv.take("weight", {settings.out, settings.in / settings.groups, kernel_, kernel_}, settings.init);
  if (settings.bias) {
    bias_ = conv.take("bias", {settings.out}, Init::zeros());
  }
  conv_path_ = conv.tappable();
  if (!names.norm.empty()) {
    norm_.emplace(at / names.norm, settings.out, epsilon, norm_weight);
    norm_path_ = (at / names.norm).tappable();
  }
  if (!names.act.empty()) {
    act_path_ = (at / names.act).tappable();
  }
}

at::Tensor ConvNorm::operator()(const at::Tensor& x, Pass& pass, std::optional<at::Tensor> residual) {
  if (const auto* output = pass.overridden(*this)) {
    return *output;
  }
  if (residual && !pass.recording() && pass.must_preserve(*residual)) {
    residual = residual->clone();  // the fused sum overwrites the residual
  }
  const bool between = pass.wants(conv_path_) || (!norm_path_.empty() && pass.wants(norm_path_));
  if (between) {
    return step_by_step(x, pass, residual);
  }
  auto y = pass.rules() != nullptr ? by_rules(x, *pass.rules(), residual) : fused(x, residual);
  return act_path_.empty() ? y : pass.tap(act_path_, std::move(y));
}

ConvolutionStep ConvNorm::folded() {
  fold();
  return {folded_weight_, folded_bias_, geometry_};
}

at::Tensor ConvNorm::fused(const at::Tensor& x, const std::optional<at::Tensor>& residual) {
  fold();
  const auto input = padded(x);
  const bool recorded = kernels::recorded(input) || (residual && kernels::recorded(*residual));
  return recorded ? fused_and_recorded(input, residual) : without_recording(input, residual, activation_);
}

at::Tensor ConvNorm::without_recording(const at::Tensor& x, const std::optional<at::Tensor>& residual,
                                       Activation activation) {
  if (!runs_prepacked(x)) {
    const auto y =
        at::conv2d(x, folded_weight_, folded_bias_, geometry_.stride, geometry_.padding, 1, geometry_.groups);
    return activate(residual ? y + *residual : y, activation);
  }
  return filter_(x, folded_bias_, activation, residual.value_or(at::Tensor()));
}

at::Tensor ConvNorm::fused_and_recorded(const at::Tensor& x, const std::optional<at::Tensor>& residual) {
  // The slope of ReLU and ReLU6 follows from their output, so they are fused; other activations are a step of their
  // own.
  const bool clips = activation_ == Activation::relu || activation_ == Activation::relu6;
  const auto inside = clips ? activation_ : Activation::none;
  at::Tensor y;
  {
    const at::NoGradGuard no_gradients;
    y = without_recording(x.detach(), residual ? std::optional(residual->detach().clone()) : std::nullopt, inside);
  }
  const auto backward = [this, x = x.detach(), y, inside,
                         with_residual = residual.has_value()](const at::Tensor& upper) {
    const auto slope = through_clipping(upper, y, inside);
    const ConvolutionStep step{folded_weight_, folded_bias_, geometry_};
    std::vector<at::Tensor> gradients{input_gradient_(step, slope, x)};
    if (with_residual) {
      gradients.push_back(slope);
    }
    return gradients;
  };
  const auto recorded = recorded_step(residual ? std::vector{x, *residual} : std::vector{x}, y, backward);
  return clips ? recorded : activate(recorded, activation_);
}

at::Tensor ConvNorm::by_rules(const at::Tensor& x, const Rules& rules, const std::optional<at::Tensor>& residual) {
  const bool sees_image = weight_.size(1) == 3 && geometry_.groups == 1;
  const auto input = padded(x);
  at::Tensor y;
  if (!norm_ || rules.folds_norms()) {
    fold();
    y = rules.convolution(input, {folded_weight_, folded_bias_, geometry_, sees_image});
  } else {
    if (!rounded_weight_.defined()) {  // once, since rules cache results by the weight's address
      rounded_weight_ = weight_.to(precision_);
      rounded_bias_ = bias_.defined() ? bias_.to(precision_) : bias_;
    }
    y = rules.convolution(input, {rounded_weight_, rounded_bias_, geometry_, sees_image});
    y = rules.norm(y, norm_->step(precision_));
  }
  return rules.activation(residual ? rules.sum(y, *residual) : y, activation_);
}

at::Tensor ConvNorm::step_by_step(const at::Tensor& x, Pass& pass, const std::optional<at::Tensor>& residual) {
  const auto input = padded(x);
  const std::optional<at::Tensor> bias = bias_.defined() ? std::optional(bias_.to(precision_)) : std::nullopt;
  auto y = at::conv2d(input, weight_.to(precision_), bias, geometry_.stride, geometry_.padding, 1, geometry_.groups);
  y = pass.tap(conv_path_, y);
  if (norm_) {
    y = y * per_channel(norm_->scale.to(precision_)) + per_channel(norm_->shift.to(precision_));
  }
  const bool norm_has_activation = act_path_.empty() && !residual;
  if (norm_has_activation) {
    y = activate(y, activation_);
    return norm_path_.empty() ? y : pass.tap(norm_path_, y);
  }
  y = norm_path_.empty() ? y : pass.tap(norm_path_, y);
  y = activate(residual ? y + *residual : y, activation_);
  return act_path_.empty() ? y : pass.tap(act_path_, y);
}

at::Tensor ConvNorm::padded(const at::Tensor& x) const {
  if (!same_padding_) {
    return x;
  }
  const auto total = [&](std::int64_t size) {
    const auto out = (size + geometry_.stride - 1) / geometry_.stride;
    return std::max<std::int64_t>((out - 1) * geometry_.stride + kernel_ - size, 0);
  };
  const auto rows = total(x.size(2));
  const auto columns = total(x.size(3));
  return at::constant_pad_nd(x, {columns / 2, columns - columns / 2, rows / 2, rows - rows / 2});
}

void ConvNorm::fold() {
  if (folded_weight_.defined()) {
    return;
  }
  const auto channels = weight_.size(0);
  folded_weight_ = weight_;
  folded_bias_ = bias_.defined() ? bias_ : at::zeros({channels}, weight_.options());
  if (norm_) {
    folded_weight_ = weight_.to(at::kDouble) * norm_->scale.view({-1, 1, 1, 1});
    folded_bias_ = folded_bias_.to(at::kDouble) * norm_->scale + norm_->shift;
  }
  folded_weight_ = folded_weight_.to(precision_);
  folded_bias_ = folded_bias_.to(precision_);
  filter_ = prepacked::Filter(folded_weight_, geometry_);
}

NormRelu::NormRelu(const Builder& at, std::int64_t channels)
    : path_(at.tappable()),
      norm_(at, channels, 1e-5, Init::ones()),
      precision_(at.placement().precision),
      scale_(per_channel(norm_.scale.to(precision_))),
      shift_(per_channel(norm_.shift.to(precision_))) {}

at::Tensor NormRelu::operator()(const at::Tensor& x, Pass& pass) const {
  if (pass.rules() != nullptr) {
    return pass.tap(path_, pass.rules()->activation(pass.rules()->norm(x, norm_.step(precision_)), Activation::relu));
  }
  return pass.tap(path_, kernels::supports(x) ? kernels::scale_shift_relu(x, scale_, shift_)
                                              : at::addcmul(shift_, x, scale_).relu_());
}

Linear::Linear(const Builder& at, const LinearSettings& settings) : precision_(at.placement().precision) {
  using Shape = std::vector<std::int64_t>;
  const auto shape =
      settings.as_convolution ? Shape{settings.out, settings.in, 1, 1} : Shape{settings.out, settings.in};
  weight_ = at.take("weight", shape, settings.init).view({settings.out, settings.in});
  if (settings.bias) {
    bias_ = at.take("bias", {settings.out}, settings.bias_init);
  }
}

Linear Linear::outputs(std::int64_t first, std::int64_t count) const {
  Linear part = *this;
  part.weight_ = weight_.narrow(0, first, count);
  part.bias_ = bias_.defined() ? bias_.narrow(0, first, count) : bias_;
  part.forward_ = part.backward_ = {};
  return part;
}

at::Tensor Linear::operator()(const at::Tensor& x, const Pass& pass) {
  if (weight_.scalar_type() != precision_) {
    weight_ = weight_.to(precision_);
    bias_ = bias_.defined() ? bias_.to(precision_) : bias_;
  }
  if (pass.rules() != nullptr) {
    return pass.rules()->linear(x, weight_, bias_);
  }
  const auto rows = x.numel() / x.size(-1);
  if (!can_run_prepacked(x) || !prepacked::linear_is_faster(rows, weight_)) {
    return at::linear(x, weight_, bias_.defined() ? std::optional(bias_) : std::nullopt);
  }
  if (!forward_.weight().defined()) {
    forward_ = prepacked::Matrix(weight_);
  }
  auto y = prepacked::linear(x.detach().contiguous(), forward_.packed(rows), bias_);
  if (!kernels::recorded(x)) {
    return y;
  }
  if (!backward_.weight().defined()) {
    backward_ = prepacked::Matrix(weight_.t());
  }
  return recorded_step({x}, y, [packed = backward_.packed(rows)](const at::Tensor& upper) {
    return std::vector<at::Tensor>{prepacked::linear(upper.contiguous(), packed, {})};
  });
}

void Linear::scale_outputs(const at::Tensor& factors) {
  weight_ = weight_ * factors.unsqueeze(1);
  bias_ = bias_.defined() ? bias_ * factors : bias_;
}

at::Tensor activate(const at::Tensor& x, Activation activation, const Pass& pass) {
  return pass.rules() != nullptr ? pass.rules()->activation(x, activation) : activate(x, activation);
}

at::Tensor add(const at::Tensor& a, const at::Tensor& b, const Pass& pass) {
  return pass.rules() != nullptr ? pass.rules()->sum(a, b) : a + b;
}

at::Tensor max_pool(const at::Tensor& x, std::int64_t side, std::int64_t stride, std::int64_t padding,
                    const Pass& pass) {
  return pass.rules() != nullptr ? pass.rules()->max_pool(x, side, stride, padding)
                                 : at::max_pool2d(x, side, stride, padding);
}

at::Tensor global_average(const at::Tensor& x, const Pass& pass) {
  return average(x, pass, [](const at::Tensor& cells) { return cells.mean({2, 3}); });
}

}  // namespace sightline::models
