// Pyramid Vision Transformer v2 (Wang et al., arXiv 2106.13797). Module and parameter names are timm's.

#include <array>
#include <cmath>
#include <optional>

#include <ATen/TensorOperators.h>
#include <fmt/format.h>

#include "models/layers/block_sequence.hpp"
#include "models/layers/token_layers.hpp"
#include "models/zoo/families.hpp"

namespace sightline::models {
namespace {

struct Settings {
  std::array<std::size_t, 4> depths{};
  std::array<std::int64_t, 4> channels{};
  std::array<std::int64_t, 4> mlp_ratios{8, 8, 4, 4};
};

constexpr std::array<std::int64_t, 4> heads{1, 2, 5, 8};
constexpr std::array<std::int64_t, 4> reductions{
    8, 4, 2, 1};  ///< by stage: the side of the grid that keys and values come from is divided by this
constexpr double epsilon = 1e-6;
constexpr double embedding_epsilon = 1e-5;  ///< of the norms for which timm uses torch.nn.LayerNorm's default

ConvSettings conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                  std::int64_t groups = 1) {
  ConvSettings made{in, out, kernel, stride, groups};
  made.bias = true;
  made.padding = padding;
  made.init = Init::normal(std::sqrt(2.0 * static_cast<double>(groups) / static_cast<double>(kernel * kernel * out)));
  return made;
}

/// The tokens of a grid with `rows` rows, N x tokens x C, as N x C x rows x columns, channels-last in memory.
at::Tensor as_image(const at::Tensor& tokens, std::int64_t rows) {
  return channels_first(tokens.view({tokens.size(0), rows, tokens.size(1) / rows, tokens.size(2)}));
}
/// The inverse.
at::Tensor as_tokens(const at::Tensor& image) {
  return channels_last(image).flatten(1, 2);
}

/// Overlapping patch embedding: a strided convolution whose windows overlap, and a norm.
class PatchEmbedding {
 public:
  PatchEmbedding(const Builder& at, std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride)
      : conv_(at, {"proj", "", ""}, conv(in, out, kernel, stride, kernel / 2), Activation::none),
        norm_(at / "norm", out, embedding_epsilon) {}

  /// N x C x H x W -> N x h x w x out.
  at::Tensor operator()(const at::Tensor& x, Pass& pass) { return norm_(channels_last(conv_(x, pass)), pass); }

 private:
  ConvNorm conv_;
  LayerNorm norm_;
};

/// Spatial-reduction attention: keys and values come from a coarser grid.
class ReducedAttention {
 public:
  ReducedAttention(const Builder& at, std::int64_t channels, std::int64_t head_count, std::int64_t reduction)
      : heads_(head_count),
        query_(at / "q", {.in = channels, .out = channels, .init = Init::normal(0.02)}),
        key_value_(at / "kv", {.in = channels, .out = 2 * channels, .init = Init::normal(0.02)}),
        product_(at),
        projection_(at / "proj", {.in = channels, .out = channels, .init = Init::normal(0.02)}),
        path_(at.tappable()) {
    if (reduction > 1) {
      reduce_.emplace(at, ConvNorm::Names{"sr", "", ""}, conv(channels, channels, reduction, reduction, 0),
                      Activation::none);
      norm_.emplace(at / "norm", channels, embedding_epsilon);
    }
  }

  at::Tensor operator()(const at::Tensor& x, std::int64_t rows, Pass& pass) {
    const auto coarse = reduce_ ? (*norm_)(as_tokens((*reduce_)(as_image(x, rows), pass)), pass) : x;
    const auto query = query_(x, pass).view({x.size(0), x.size(1), heads_, -1}).transpose(1, 2);
    const auto pair =
        key_value_(coarse, pass).view({x.size(0), coarse.size(1), 2, heads_, -1}).permute({2, 0, 3, 1, 4});
    return pass.tap(path_, projection_(product_(query, pair.select(0, 0), pair.select(0, 1), {}, pass), pass));
  }

 private:
  std::int64_t heads_;
  Linear query_;
  Linear key_value_;
  AttentionProduct product_;
  Linear projection_;
  std::string path_;
  std::optional<ConvNorm> reduce_;
  std::optional<LayerNorm> norm_;
};

/// The MLP of a block: a linear layer, a depthwise 3x3 convolution with GELU, and a linear layer.
class ConvMlp {
 public:
  ConvMlp(const Builder& at, std::int64_t channels, std::int64_t hidden)
      : first_(at / "fc1", {.in = channels, .out = hidden, .init = Init::normal(0.02)}),
        depthwise_(at, {"dwconv", "", "act"}, conv(hidden, hidden, 3, 1, 1, hidden), Activation::gelu),
        second_(at / "fc2", {.in = hidden, .out = channels, .init = Init::normal(0.02)}),
        path_(at.tappable()) {}

  at::Tensor operator()(const at::Tensor& x, std::int64_t rows, Pass& pass) {
    return pass.tap(path_, second_(as_tokens(depthwise_(as_image(first_(x, pass), rows), pass)), pass));
  }

 private:
  Linear first_;
  ConvNorm depthwise_;
  Linear second_;
  std::string path_;
};

class PvtBlock {
 public:
  PvtBlock(const Builder& at, const Settings& settings, std::size_t stage)
      : norm1_(at / "norm1", settings.channels[stage], epsilon),
        attention_(at / "attn", settings.channels[stage], heads[stage], reductions[stage]),
        norm2_(at / "norm2", settings.channels[stage], epsilon),
        mlp_(at / "mlp", settings.channels[stage], settings.channels[stage] * settings.mlp_ratios[stage]),
        path_(at.tappable()) {}

  /// x: N x tokens x C, the tokens of a grid with `rows` rows.
  at::Tensor operator()(const at::Tensor& x, Pass& pass, std::int64_t rows) {
    const auto y = add(x, attention_(norm1_(x, pass), rows, pass), pass);
    return pass.tap(path_, add(y, mlp_(norm2_(y, pass), rows, pass), pass));
  }

  const std::string& path() const { return path_; }

 private:
  LayerNorm norm1_;
  ReducedAttention attention_;
  LayerNorm norm2_;
  ConvMlp mlp_;
  std::string path_;
};

class PyramidVisionTransformer : public Network {
 public:
  PyramidVisionTransformer(const Builder& root, const Settings& settings) {
    embeddings_.emplace_back(root / "patch_embed", 3, settings.channels[0], 7, 4);
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      const auto at = root / "stages" / i;
      if (i > 0) {
        embeddings_.emplace_back(at / "downsample", settings.channels[i - 1], settings.channels[i], 3, 2);
      }
      for (std::size_t j = 0; j < settings.depths[i]; ++j) {
        stages_[i].add(at / "blocks" / j, settings, i);
      }
      norms_.emplace_back(at / "norm", settings.channels[i], epsilon);
      stage_paths_.push_back(at.tappable());
    }
    head_.emplace(
        root / "head",
        LinearSettings{.in = settings.channels[3], .out = root.classes("head", 1000), .init = Init::normal(0.02)});
  }

  at::Tensor forward(const at::Tensor& x, Pass& pass) override {
    at::Tensor y = x;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      const auto cells = embeddings_[i](y, pass);
      const auto tokens = norms_[i](stages_[i](cells.flatten(1, 2), pass, cells.size(1)), pass);
      y = pass.tap(stage_paths_[i], as_image(tokens, cells.size(1)));
    }
    return (*head_)(global_average(y, pass), pass);
  }

  std::vector<std::string> blocks() const override { return paths_of(stages_); }

 private:
  std::vector<PatchEmbedding> embeddings_;
  std::array<BlockSequence<PvtBlock>, 4> stages_;
  std::vector<LayerNorm> norms_;
  std::vector<std::string> stage_paths_;
  std::optional<Linear> head_;
};

ModelSpec pvt(const std::string& id, const std::string& short_name, const Settings& settings) {
  ModelSpec spec;
  spec.id = id;
  spec.short_name = short_name;
  spec.crop_pct = 0.9;
  spec.gradcam_layer = fmt::format("stages.3.blocks.{}", settings.depths[3] - 1);
  spec.grid = {GridRule::Layout::tokens, 0};
  spec.build = [settings](const Builder& root) { return std::make_unique<PyramidVisionTransformer>(root, settings); };
  return spec;
}

}  // namespace

std::vector<ModelSpec> pvt_v2_family() {
  constexpr std::array<std::int64_t, 4> channels{64, 128, 320, 512};
  return {
      pvt("pvt_v2_b0.in1k", "", {{2, 2, 2, 2}, {32, 64, 160, 256}}),
      pvt("pvt_v2_b1.in1k", "", {{2, 2, 2, 2}, channels}),
      pvt("pvt_v2_b2.in1k", "PyramidViT_V2_B2", {{3, 4, 6, 3}, channels}),
      pvt("pvt_v2_b3.in1k", "", {{3, 4, 18, 3}, channels}),
      pvt("pvt_v2_b4.in1k", "", {{3, 8, 27, 3}, channels}),
      pvt("pvt_v2_b5.in1k", "", {{3, 6, 40, 3}, channels, {4, 4, 4, 4}}),
  };
}

}  // namespace sightline::models
