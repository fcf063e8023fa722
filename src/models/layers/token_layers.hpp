#pragma once

#include <string>

#include <ATen/core/Tensor.h>

#include "models/layers/layers.hpp"

/// The layer primitives of transformers: they work on the last dimension of their input, the channels.
namespace sightline::models {

/// torch.nn.LayerNorm over the channels; its output can be tapped.
class LayerNorm {
 public:
  LayerNorm(const Builder& at, std::int64_t channels, double epsilon);
  at::Tensor operator()(const at::Tensor& x, Pass& pass) const;
  /// The same over the channels of N x C x H x W.
  at::Tensor over_channels(const at::Tensor& x, Pass& pass) const;

 private:
  at::Tensor normalised(const at::Tensor& x, const Pass& pass) const;

  std::string path_;
  double epsilon_;
  at::Tensor weight_;
  at::Tensor bias_;
};

/// softmax(q k^T / sqrt(D) + bias) v (Vaswani et al., arXiv 1706.03762), in one fused call, or step by step when a pass
/// wants the matrix of weights, which has timm's path ATTENTION.attn_drop.
class AttentionProduct {
 public:
  /// `at`: the attention module.
  explicit AttentionProduct(const Builder& at);
  /// q: N x heads x T x D; k, v: N x heads x S x D; bias: undefined or broadcastable to N x heads x T x S.
  /// -> N x T x (heads D).
  at::Tensor operator()(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& bias,
                        Pass& pass) const;

 private:
  std::string weights_path_;
};

/// Multi-head self-attention with queries, keys and values from one linear layer (`qkv`, `proj`), as in timm's vision
/// and Swin transformers.
class SelfAttention {
 public:
  SelfAttention(const Builder& at, std::int64_t channels, std::int64_t heads, const Init& init);
  /// x: N x T x C; bias as in AttentionProduct.
  at::Tensor operator()(const at::Tensor& x, Pass& pass, const at::Tensor& bias = {});
  /// The first token of that, N x 1 x C, at a fraction of the work: for a pass that wants nothing inside.
  at::Tensor first_token(const at::Tensor& x, Pass& pass);
  /// Its last layer, for layer scale.
  Linear& projection() { return projection_; }

 private:
  std::int64_t heads_;
  Linear qkv_;
  Linear query_;      ///< the first third of qkv
  Linear key_value_;  ///< the rest
  AttentionProduct product_;
  Linear projection_;
  std::string path_;
};

/// Linear, GELU, linear: `fc1` and `fc2`.
class Mlp {
 public:
  Mlp(const Builder& at, std::int64_t channels, std::int64_t hidden, const Init& init);
  at::Tensor operator()(const at::Tensor& x, Pass& pass);
  /// Its last layer, for layer scale.
  Linear& projection() { return second_; }

 private:
  Linear first_;
  Linear second_;
  std::string path_;
};

/// N x C x H x W, channels-last in memory, as N x H x W x C without a copy, and back.
at::Tensor channels_last(const at::Tensor& x);
at::Tensor channels_first(const at::Tensor& x);

}  // namespace sightline::models
