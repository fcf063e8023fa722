#include "models/layers/rules.hpp"

#include <array>
#include <optional>

#include <ATen/TensorOperators.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/convolution_backward.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/linear.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/max_pool2d.h>

namespace sightline::models {
namespace {

std::optional<at::Tensor> maybe(const at::Tensor& tensor) {
  return tensor.defined() ? std::optional(tensor) : std::nullopt;
}

}  // namespace

at::Tensor ConvolutionStep::apply(const at::Tensor& x, const at::Tensor& w, const at::Tensor& b) const {
  return at::conv2d(x, w, maybe(b), geometry.stride, geometry.padding, 1, geometry.groups);
}

at::Tensor ConvolutionStep::gradient(const at::Tensor& upper, const at::Tensor& x, const at::Tensor& w) const {
  const std::array<std::int64_t, 2> stride = {geometry.stride, geometry.stride};
  const std::array<std::int64_t, 2> padding = {geometry.padding, geometry.padding};
  const std::array<std::int64_t, 2> ones = {1, 1};
  const std::array<std::int64_t, 2> zeros = {0, 0};
  return std::get<0>(at::convolution_backward(upper, x, w, std::nullopt, stride, padding, ones, false, zeros,
                                              geometry.groups, {true, false, false}));
}

at::Tensor Rules::convolution(const at::Tensor& x, const ConvolutionStep& step) const {
  return step(x);
}

at::Tensor Rules::linear(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias) const {
  return at::linear(x, weight, maybe(bias));
}

at::Tensor Rules::norm(const at::Tensor& x, const NormStep& step) const {
  return x * step.scale + step.shift;
}

at::Tensor Rules::activation(const at::Tensor& x, Activation activation) const {
  return activate(x, activation);
}

at::Tensor Rules::sum(const at::Tensor& a, const at::Tensor& b) const {
  return a + b;
}

at::Tensor Rules::max_pool(const at::Tensor& x, std::int64_t side, std::int64_t stride, std::int64_t padding) const {
  return at::max_pool2d(x, side, stride, padding);
}

at::Tensor Rules::average(const at::Tensor& x, const std::function<at::Tensor(const at::Tensor&)>& pool) const {
  return pool(x);
}

at::Tensor Rules::gated(const at::Tensor& x, const at::Tensor& gate) const {
  return x * gate;
}

at::Tensor Rules::layer_norm(const at::Tensor& x, const at::Tensor& weight, const at::Tensor& bias,
                             double epsilon) const {
  return at::layer_norm(x, {weight.size(0)}, weight, bias, epsilon);
}

at::Tensor Rules::product(const at::Tensor& a, const at::Tensor& b) const {
  return a.matmul(b);
}

}  // namespace sightline::models
