#include "models/layers/prepacked.hpp"

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>

#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/op_registration/infer_schema.h>
#include <ATen/ops/mkldnn_reorder_conv2d_weight.h>
#include <fmt/format.h>
#include <torch/version.h>

#include "base/log.hpp"

namespace sightline::models::prepacked {
namespace {

using Scalars = torch::List<std::optional<at::Scalar>>;
using Name = std::optional<std::string_view>;
using Unary = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, at::IntArrayRef,
                         at::IntArrayRef, at::IntArrayRef, std::int64_t, std::string_view, Scalars, Name);
using BinaryAccumulate = at::Tensor&(at::Tensor&, const at::Tensor&, const at::Tensor&,
                                     const std::optional<at::Tensor>&, at::IntArrayRef, at::IntArrayRef,
                                     at::IntArrayRef, std::int64_t, std::string_view, std::optional<at::Scalar>, Name,
                                     Scalars, Name);

using Reorder = at::Tensor(const at::Tensor&, std::optional<std::int64_t>);
using LinearCall = at::Tensor(const at::Tensor&, const at::Tensor&, const std::optional<at::Tensor>&, std::string_view,
                              Scalars, Name);

/// An operator of LibTorch that no header declares, with its signature in C++.
template <typename Signature>
struct Operator {
  const char* name;
  const char* overload;

  /// How the schema that this LibTorch gives the operator differs from the signature; empty = it does not.
  std::string difference() const {
    const auto found = c10::Dispatcher::singleton().findSchema({name, overload});
    if (!found) {
      return "there is none";
    }
    return c10::findSchemaDifferences(c10::inferFunctionSchemaFlattenedReturns<Signature>(), found->schema())
        .value_or("");
  }

  /// To be called only where there is no difference.
  c10::TypedOperatorHandle<Signature> handle() const {
    return c10::Dispatcher::singleton().findSchemaOrThrow(name, overload).template typed<Signature>();
  }
};

constexpr Operator<Unary> unary_operator = {"mkldnn::_convolution_pointwise", ""};
constexpr Operator<BinaryAccumulate> accumulate_operator = {"mkldnn::_convolution_pointwise_", "binary"};
constexpr Operator<Reorder> reorder_operator = {"mkldnn::_reorder_linear_weight", ""};
constexpr Operator<LinearCall> linear_operator = {"mkldnn::_linear_pointwise", ""};

/// Whether all operators are as they are called here. Warns, once, when they are not.
bool find_operators() {
  bool found = true;
  const auto check = [&](const auto& wanted) {
    const auto difference = wanted.difference();
    if (!difference.empty()) {
      base::log_warning(
          fmt::format("layers run by ATen, which is slower: LibTorch {} has the operator {} in another form: {}",
                      TORCH_VERSION, wanted.name, difference));
      found = false;
    }
  };
  check(unary_operator);
  check(accumulate_operator);
  check(reorder_operator);
  check(linear_operator);
  return found;
}

std::string_view attribute(Activation activation) {
  switch (activation) {
    case Activation::none:
      return "none";
    case Activation::relu:
      return "relu";
    case Activation::relu6:
      return "hardtanh";
    case Activation::silu:
      return "swish";
    case Activation::hardswish:
      return "hardswish";
    case Activation::gelu:
      break;  // slower inside oneDNN than after it on AVX2: 33 against 28 ms for 1576 x 384 x 1536
  }
  return "none";
}

/// Whether the processor has the AVX512 instructions that oneDNN's bfloat16 kernels need on x86.
bool has_avx512() {
#if defined(__x86_64__)
  return __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512dq");
#else
  return false;
#endif
}

Scalars scalars(Activation activation) {
  Scalars list;
  if (activation == Activation::relu6) {
    list.push_back(at::Scalar(0.0));
    list.push_back(at::Scalar(6.0));
  }
  return list;
}

bool few(std::int64_t rows) {
  return rows <= 64;
}

std::optional<at::Tensor> maybe(const at::Tensor& tensor) {
  return tensor.defined() ? std::optional(tensor) : std::nullopt;
}

/// activation(conv(x) + bias)
at::Tensor convolution(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias,
                       const ConvGeometry& geometry, Activation activation) {
  static const auto op = unary_operator.handle();
  const std::int64_t stride[] = {geometry.stride, geometry.stride};
  const std::int64_t padding[] = {geometry.padding, geometry.padding};
  const std::int64_t dilation[] = {1, 1};
  auto y = op.call(x, packed, maybe(bias), padding, stride, dilation, geometry.groups, attribute(activation),
                   scalars(activation), "");
  return activation == Activation::gelu ? activate(y, activation) : y;
}

/// activation(conv(x) + bias + residual), which overwrites `residual`.
at::Tensor convolution_accumulate(at::Tensor residual, const at::Tensor& x, const at::Tensor& packed,
                                  const at::Tensor& bias, const ConvGeometry& geometry, Activation activation) {
  static const auto op = accumulate_operator.handle();
  const std::int64_t stride[] = {geometry.stride, geometry.stride};
  const std::int64_t padding[] = {geometry.padding, geometry.padding};
  const std::int64_t dilation[] = {1, 1};
  // The operator offers no other activations.
  const bool fused = activation == Activation::none || activation == Activation::relu;
  const Name unary = activation == Activation::relu ? Name("relu") : Name();
  op.call(residual, x, packed, bias, padding, stride, dilation, geometry.groups, "add", std::nullopt, unary, Scalars(),
          "");
  return fused ? residual : activate(residual, activation);
}

}  // namespace

bool available(at::ScalarType precision) {
  static const bool found = find_operators();
  return found && (precision == at::kFloat || (precision == at::kBFloat16 && has_avx512()));
}

at::Tensor Filter::operator()(const at::Tensor& x, const at::Tensor& bias, Activation activation,
                              const at::Tensor& residual) {
  const auto nhwc = x.contiguous(at::MemoryFormat::ChannelsLast);
  const auto accumulator = residual.defined() ? residual.contiguous(at::MemoryFormat::ChannelsLast) : residual;
  if (winograd::is_faster(weight_, geometry_.stride, geometry_.padding, geometry_.groups)) {
    if (!winograd_.defined()) {
      winograd_ = winograd::Filter(weight_, geometry_.stride, geometry_.padding);
    }
    return winograd_(nhwc, bias, activation, accumulator);
  }
  const auto& weight = packed(nhwc.sizes());
  return accumulator.defined() ? convolution_accumulate(accumulator, nhwc, weight, bias, geometry_, activation)
                               : convolution(nhwc, weight, bias, geometry_, activation);
}

const at::Tensor& Filter::packed(at::IntArrayRef input_shape) {
  constexpr std::size_t shapes_kept = 4;
  const auto found = packed_.find(input_shape.vec());
  if (found != packed_.end()) {
    return found->second;
  }
  if (packed_.size() == shapes_kept) {
    packed_.clear();
  }
  const std::int64_t stride[] = {geometry_.stride, geometry_.stride};
  const std::int64_t padding[] = {geometry_.padding, geometry_.padding};
  const std::int64_t dilation[] = {1, 1};
  return packed_[input_shape.vec()] = at::mkldnn_reorder_conv2d_weight(weight_.to_mkldnn(), padding, stride, dilation,
                                                                       geometry_.groups, input_shape);
}

bool linear_is_faster(std::int64_t rows, const at::Tensor& weight) {
  constexpr std::int64_t narrow = 128;
  return has_avx512() || few(rows) || std::min(weight.size(0), weight.size(1)) <= narrow;
}

const at::Tensor& Matrix::packed(std::int64_t rows) {
  static const auto op = reorder_operator.handle();
  constexpr std::int64_t typical_few = 8;
  constexpr std::int64_t typical_many = 8 * 197;  // a batch of ViT's tokens
  auto& packed = packed_[few(rows) ? 0 : 1];
  if (!packed.defined()) {
    packed = op.call(weight_.contiguous(), few(rows) ? typical_few : typical_many);
  }
  return packed;
}

at::Tensor linear(const at::Tensor& x, const at::Tensor& packed, const at::Tensor& bias) {
  static const auto op = linear_operator.handle();
  return op.call(x, packed, maybe(bias), "none", Scalars(), "");
}

}  // namespace sightline::models::prepacked
