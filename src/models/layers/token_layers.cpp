#include "models/layers/token_layers.hpp"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/layer_norm.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/scaled_dot_product_attention.h>
#include <ATen/ops/softmax.h>

namespace sightline::models {

LayerNorm::LayerNorm(const Builder& at, std::int64_t channels, double epsilon)
    : path_(at.tappable()),
      epsilon_(epsilon),
      weight_(at.take_rounded("weight", {channels}, Init::ones())),
      bias_(at.take_rounded("bias", {channels}, Init::zeros())) {}

at::Tensor LayerNorm::operator()(const at::Tensor& x, Pass& pass) const {
  return pass.tap(path_, normalised(x, pass));
}

at::Tensor LayerNorm::over_channels(const at::Tensor& x, Pass& pass) const {
  return pass.tap(path_, channels_first(normalised(channels_last(x), pass)));
}

at::Tensor LayerNorm::normalised(const at::Tensor& x, const Pass& pass) const {
  if (pass.rules() != nullptr) {
    return pass.rules()->layer_norm(x, weight_, bias_, epsilon_);
  }
  return at::layer_norm(x, {weight_.size(0)}, weight_, bias_, epsilon_);
}

AttentionProduct::AttentionProduct(const Builder& at) : weights_path_((at / "attn_drop").tappable()) {}

at::Tensor AttentionProduct::operator()(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v,
                                        const at::Tensor& bias, Pass& pass) const {
  at::Tensor mixed;
  if (pass.wants(weights_path_) || pass.rules() != nullptr) {
    const auto product = [&](const at::Tensor& a, const at::Tensor& b) {
      return pass.rules() != nullptr ? pass.rules()->product(a, b) : a.matmul(b);
    };
    const auto scores = product(q * (1.0 / std::sqrt(static_cast<double>(q.size(3)))), k.transpose(-2, -1));
    const auto weights = pass.tap(weights_path_, at::softmax(bias.defined() ? scores + bias : scores, -1));
    mixed = product(weights, v);
  } else {
    mixed = at::scaled_dot_product_attention(q, k, v, bias.defined() ? std::optional(bias) : std::nullopt);
  }
  return mixed.transpose(1, 2).flatten(2);
}

SelfAttention::SelfAttention(const Builder& at, std::int64_t channels, std::int64_t heads, const Init& init)
    : heads_(heads),
      qkv_(at / "qkv", {.in = channels, .out = 3 * channels, .init = init}),
      query_(qkv_.outputs(0, channels)),
      key_value_(qkv_.outputs(channels, 2 * channels)),
      product_(at),
      projection_(at / "proj", {.in = channels, .out = channels, .init = init}),
      path_(at.tappable()) {}

at::Tensor SelfAttention::operator()(const at::Tensor& x, Pass& pass, const at::Tensor& bias) {
  const auto parts = qkv_(x, pass).view({x.size(0), x.size(1), 3, heads_, -1}).permute({2, 0, 3, 1, 4});
  return pass.tap(path_,
                  projection_(product_(parts.select(0, 0), parts.select(0, 1), parts.select(0, 2), bias, pass), pass));
}

at::Tensor SelfAttention::first_token(const at::Tensor& x, Pass& pass) {
  const auto query = query_(x.narrow(1, 0, 1), pass).view({x.size(0), 1, heads_, -1}).transpose(1, 2);
  const auto pair = key_value_(x, pass).view({x.size(0), x.size(1), 2, heads_, -1}).permute({2, 0, 3, 1, 4});
  return projection_(product_(query, pair.select(0, 0), pair.select(0, 1), {}, pass), pass);
}

Mlp::Mlp(const Builder& at, std::int64_t channels, std::int64_t hidden, const Init& init)
    : first_(at / "fc1", {.in = channels, .out = hidden, .init = init}),
      second_(at / "fc2", {.in = hidden, .out = channels, .init = init}),
      path_(at.tappable()) {}

at::Tensor Mlp::operator()(const at::Tensor& x, Pass& pass) {
  return pass.tap(path_, second_(activate(first_(x, pass), Activation::gelu, pass), pass));
}

at::Tensor channels_last(const at::Tensor& x) {
  return x.permute({0, 2, 3, 1});
}

at::Tensor channels_first(const at::Tensor& x) {
  return x.permute({0, 3, 1, 2});
}

}  // namespace sightline::models
