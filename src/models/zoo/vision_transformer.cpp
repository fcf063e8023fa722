// Vision transformers of timm: ViT (Dosovitskiy et al., arXiv 2010.11929), DeiT (Touvron et al., arXiv 2012.12877),
// DeiT III (arXiv 2204.07118). Module and parameter names are timm's.

#include <cmath>
#include <map>
#include <optional>

#include <ATen/TensorOperators.h>
#include <ATen/ops/_upsample_bicubic2d_aa.h>
#include <ATen/ops/cat.h>
#include <fmt/format.h>

#include "models/layers/block_sequence.hpp"
#include "models/layers/token_layers.hpp"
#include "models/zoo/families.hpp"

namespace sightline::models {
namespace {

struct Settings {
  std::int64_t patch = 16;
  std::int64_t channels = 192;
  std::size_t depth = 12;
  std::int64_t heads = 3;
  std::int64_t input_size = 224;
  bool layer_scale = false;     ///< DeiT III: every residual branch is multiplied by `lsN.gamma`
  bool class_embedding = true;  ///< whether the class token has a position embedding; it does not in DeiT III
};

constexpr double epsilon = 1e-6;

class TransformerBlock {
 public:
  TransformerBlock(const Builder& at, const Settings& settings)
      : norm1_(at / "norm1", settings.channels, epsilon),
        attention_(at / "attn", settings.channels, settings.heads, Init::normal(0.02)),
        norm2_(at / "norm2", settings.channels, epsilon),
        mlp_(at / "mlp", settings.channels, 4 * settings.channels, Init::normal(0.02)),
        path_(at.tappable()) {
    if (settings.layer_scale) {
      const auto gamma = [&](const char* name) {
        return (at / name).take("gamma", {settings.channels}, {Init::Kind::constant, 1e-6});
      };
      attention_.projection().scale_outputs(gamma("ls1"));
      mlp_.projection().scale_outputs(gamma("ls2"));
    }
  }

  at::Tensor operator()(const at::Tensor& x, Pass& pass) {
    const auto y = add(x, attention_(norm1_(x, pass), pass), pass);
    return pass.tap(path_, add(y, mlp_(norm2_(y, pass), pass), pass));
  }

  /// Computes only the first token, N x 1 x C. The classifier uses no other token of the last block.
  at::Tensor first_token(const at::Tensor& x, Pass& pass) {
    const auto y = add(x.narrow(1, 0, 1), attention_.first_token(norm1_(x, pass), pass), pass);
    return add(y, mlp_(norm2_(y, pass), pass), pass);
  }

  /// Whether the pass requests an activation that first_token does not compute for all tokens.
  bool needs_all_tokens(const Pass& pass) const {
    return pass.wants(path_) || pass.wants_below(path_ + ".attn") || pass.wants_below(path_ + ".norm2") ||
           pass.wants_below(path_ + ".mlp");
  }

  const std::string& path() const { return path_; }

 private:
  LayerNorm norm1_;
  SelfAttention attention_;
  LayerNorm norm2_;
  Mlp mlp_;
  std::string path_;
};

class VisionTransformer : public Network {
 public:
  VisionTransformer(const Builder& root, const Settings& settings)
      : class_embedding_(settings.class_embedding),
        class_token_(root.take_rounded("cls_token", {1, 1, settings.channels}, Init::normal(1e-6))),
        patches_(root / "patch_embed", {"proj", "", ""}, patch_settings(settings), Activation::none) {
    const auto side = settings.input_size / settings.patch;
    const auto positions = side * side + (settings.class_embedding ? 1 : 0);
    position_ = root.take_rounded("pos_embed", {1, positions, settings.channels}, Init::normal(0.02));
    for (std::size_t i = 0; i + 1 < settings.depth; ++i) {
      blocks_.add(root / "blocks" / i, settings);
    }
    last_.emplace(root / "blocks" / (settings.depth - 1), settings);
    norm_path_ = (root / "norm").path();
    norm_.emplace(root / "norm", settings.channels, epsilon);
    head_.emplace(root / "head", LinearSettings{.in = settings.channels, .out = root.classes("head", 1000)});
  }

  at::Tensor forward(const at::Tensor& x, Pass& pass) override {
    const auto grid = channels_last(patches_(x, pass));
    auto tokens = grid.flatten(1, 2);
    const auto& position = position_for(grid.size(1), grid.size(2));
    const auto first = class_token_.expand({tokens.size(0), 1, tokens.size(2)});
    if (class_embedding_) {
      tokens = at::cat({first, tokens}, 1) + position;
    } else {
      tokens = at::cat({first, tokens + position}, 1);
    }
    tokens = blocks_(tokens, pass);
    const bool all_tokens = last_->needs_all_tokens(pass) || pass.wants(norm_path_);
    tokens = all_tokens ? (*last_)(tokens, pass) : last_->first_token(tokens, pass);
    return (*head_)((*norm_)(tokens, pass).select(1, 0), pass);
  }

  std::vector<std::string> blocks() const override {
    auto paths = blocks_.paths();
    paths.push_back(last_->path());
    return paths;
  }

 private:
  /// The position embedding for a grid of this size. For another size than the learnt one it is interpolated as by
  /// timm's resample_abs_pos_embed.
  const at::Tensor& position_for(std::int64_t rows, std::int64_t columns) {
    const auto before = class_embedding_ ? 1 : 0;
    const auto learnt = position_.size(1) - before;
    if (rows * columns == learnt && rows == columns) {
      return position_;
    }
    auto& resampled = resampled_[{rows, columns}];
    if (!resampled.defined()) {
      const auto side = std::lround(std::sqrt(static_cast<double>(learnt)));
      const auto grid = position_.slice(1, before).to(at::kFloat).reshape({1, side, side, -1}).permute({0, 3, 1, 2});
      const auto larger = at::_upsample_bicubic2d_aa(grid, {rows, columns}, false);
      resampled = at::cat(
          {position_.slice(1, 0, before), larger.permute({0, 2, 3, 1}).flatten(1, 2).to(position_.scalar_type())}, 1);
    }
    return resampled;
  }

  static ConvSettings patch_settings(const Settings& settings) {
    ConvSettings made{3, settings.channels, settings.patch, settings.patch};
    made.bias = true;
    made.padding = 0;
    made.init = Init::normal(1.0 / std::sqrt(3.0 * static_cast<double>(settings.patch * settings.patch)));
    return made;
  }

  bool class_embedding_;
  at::Tensor class_token_;
  at::Tensor position_;
  std::map<std::pair<std::int64_t, std::int64_t>, at::Tensor> resampled_;  ///< by rows and columns
  ConvNorm patches_;
  BlockSequence<TransformerBlock> blocks_;  ///< all but the last
  std::optional<TransformerBlock> last_;
  std::string norm_path_;
  std::optional<LayerNorm> norm_;
  std::optional<Linear> head_;
};

struct Size {
  std::int64_t channels;
  std::size_t depth;
  std::int64_t heads;
};
constexpr Size tiny{192, 12, 3};
constexpr Size small{384, 12, 6};
constexpr Size base{768, 12, 12};
constexpr Size large{1024, 24, 16};

ModelSpec transformer(const std::string& id, const std::string& short_name, const Settings& settings) {
  ModelSpec spec;
  spec.id = id;
  spec.short_name = short_name;
  spec.input_size = spec.test_input_size = static_cast<int>(settings.input_size);
  spec.fixed_size = true;
  spec.crop_pct = 0.9;
  spec.gradcam_layer = fmt::format("blocks.{}.norm1", settings.depth - 1);
  spec.gradcam_grid = static_cast<int>(settings.input_size / settings.patch);
  spec.grid = {GridRule::Layout::tokens, 1};
  spec.build = [settings](const Builder& root) { return std::make_unique<VisionTransformer>(root, settings); };
  return spec;
}

ModelSpec vit(const std::string& id, const Size& size, std::int64_t patch, std::int64_t input_size = 224) {
  auto spec = transformer(id, "", {patch, size.channels, size.depth, size.heads, input_size});
  spec.mean = spec.std = {0.5, 0.5, 0.5};
  return spec;
}

/// The ViT of the comparison study, which has a Grad-CAM layer of its own.
ModelSpec vit_base_patch32() {
  auto spec = vit("vit_base_patch32_224.augreg_in21k_ft_in1k", base, 32);
  spec.short_name = "ViT_B_32";
  spec.gradcam_layer = "blocks.10";
  return spec;
}

ModelSpec deit(const std::string& id, const std::string& short_name, const Size& size) {
  return transformer(id, short_name, {16, size.channels, size.depth, size.heads});
}

ModelSpec deit3(const std::string& id, const Size& size) {
  return transformer(id, "", {16, size.channels, size.depth, size.heads, 224, true, false});
}

}  // namespace

std::vector<ModelSpec> vision_transformer_family() {
  auto large32 = vit("vit_large_patch32_384.orig_in21k_ft_in1k", large, 32, 384);
  large32.crop_pct = 1.0;
  return {
      vit("vit_tiny_patch16_224.augreg_in21k_ft_in1k", tiny, 16),
      vit("vit_small_patch16_224.augreg_in1k", small, 16),
      vit("vit_small_patch32_224.augreg_in21k_ft_in1k", small, 32),
      vit("vit_base_patch16_224.augreg_in1k", base, 16),
      vit("vit_base_patch16_224.augreg_in21k_ft_in1k", base, 16),
      vit_base_patch32(),
      vit("vit_base_patch32_224.augreg_in1k", base, 32),
      vit("vit_large_patch16_224.augreg_in21k_ft_in1k", large, 16),
      large32,
      deit("deit_tiny_patch16_224.fb_in1k", "DeiT_T", tiny),
      deit("deit_small_patch16_224.fb_in1k", "DeiT_S", small),
      deit("deit_base_patch16_224.fb_in1k", "", base),
      deit3("deit3_small_patch16_224.fb_in1k", small),
      deit3("deit3_base_patch16_224.fb_in1k", base),
      deit3("deit3_large_patch16_224.fb_in1k", large),
  };
}

}  // namespace sightline::models
