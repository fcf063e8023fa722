#pragma once

#include <string>

#include <ATen/core/Tensor.h>

#include "models/layers/layers.hpp"

/// The layer primitives of transformers. The channels are the last dimension of their input.
namespace sightline::models {

/// torch.nn.LayerNorm over the channels. Its output can be tapped.
class LayerNorm {
 public:
  LayerNorm(const Builder& at, std::int64_t channels, double epsilon);
  /// ... x C -> the same shape.
  at::Tensor operator()(const at::Tensor& x, Pass& pass) const;
  /// The same for x of shape N x C x H x W.
  at::Tensor over_channels(const at::Tensor& x, Pass& pass) const;

 private:
  at::Tensor normalised(const at::Tensor& x, const Pass& pass) const;

  std::string path_;
  double epsilon_;
  at::Tensor weight_;
  at::Tensor bias_;
};

/// Scaled dot-product attention softmax(q k^T / sqrt(D) + bias) v (Vaswani et al., arXiv 1706.03762). It is one fused
/// call, or step by step when the pass follows rules or requests the attention matrix, whose path is that of timm's
/// module ATTENTION.attn_drop.
class AttentionProduct {
 public:
  /// `at`: the attention module.
  explicit AttentionProduct(const Builder& at);
  /// q: N x heads x T x D; k, v: N x heads x S x D; bias: undefined, or broadcastable to N x heads x T x S. Result: N x
  /// T x (heads * D).
  at::Tensor operator()(const at::Tensor& q, const at::Tensor& k, const at::Tensor& v, const at::Tensor& bias,
                        Pass& pass) const;

 private:
  std::string weights_path_;
};

/// Multi-head self-attention as in timm's vision and Swin transformers: one linear layer `qkv` computes queries, keys
/// and values; the linear layer `proj` follows the attention.
class SelfAttention {
 public:
  SelfAttention(const Builder& at, std::int64_t channels, std::int64_t heads, const Init& init);
  /// x: N x T x C; bias: as in AttentionProduct. Result: N x T x C.
  at::Tensor operator()(const at::Tensor& x, Pass& pass, const at::Tensor& bias = {});
  /// The first token of that result, N x 1 x C, at a fraction of the cost. Only for passes that request no activation
  /// inside this module.
  at::Tensor first_token(const at::Tensor& x, Pass& pass);
  /// The linear layer `proj`, which layer scale is folded into.
  Linear& projection() { return projection_; }

 private:
  std::int64_t heads_;
  Linear qkv_;
  Linear query_;      ///< the part of qkv_ that computes the queries
  Linear key_value_;  ///< the part of qkv_ that computes keys and values
  AttentionProduct product_;
  Linear projection_;
  std::string path_;
};

/// The MLP of a transformer block: a linear layer `fc1`, GELU, and a linear layer `fc2`.
class Mlp {
 public:
  Mlp(const Builder& at, std::int64_t channels, std::int64_t hidden, const Init& init);
  /// ... x C -> the same shape.
  at::Tensor operator()(const at::Tensor& x, Pass& pass);
  /// The linear layer `fc2`, which layer scale is folded into.
  Linear& projection() { return second_; }

 private:
  Linear first_;
  Linear second_;
  std::string path_;
};

/// A view of N x C x H x W as N x H x W x C; contiguous if x is channels-last in memory.
at::Tensor channels_last(const at::Tensor& x);
/// The inverse: a view of N x H x W x C as N x C x H x W.
at::Tensor channels_first(const at::Tensor& x);

}  // namespace sightline::models
