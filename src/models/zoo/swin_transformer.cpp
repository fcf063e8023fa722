// Swin Transformer (Liu et al., arXiv 2103.14030). Module and parameter names are timm's.

#include <array>
#include <cmath>
#include <map>
#include <optional>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/index.h>
#include <ATen/ops/index_copy.h>
#include <ATen/ops/roll.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros_like.h>
#include <fmt/format.h>

#include "models/kernels/recorded_step.hpp"
#include "models/layers/block_sequence.hpp"
#include "models/layers/token_layers.hpp"
#include "models/zoo/families.hpp"

namespace sightline::models {
namespace {

struct Settings {
  std::int64_t channels = 96;
  std::array<std::size_t, 4> depths{};
  std::array<std::int64_t, 4> heads{};
};

constexpr std::int64_t patch = 4;
/// The side of a window in cells. It divides the grid of every stage: 56, 28, 14, 7, and their multiples.
constexpr std::int64_t window = 7;
constexpr double epsilon = 1e-5;

/// The partition of a grid's cells into windows, and the mask of the pairs of cells that do not attend to each other.
class Windows {
 public:
  /// rows, columns: multiples of `window`. shifted: along each axis with more than one window, the windows are shifted
  /// cyclically by half a window.
  Windows(std::int64_t rows, std::int64_t columns, bool shifted) : count_(rows / window * (columns / window)) {
    const auto shift = [&](std::int64_t cells) { return shifted && cells > window ? window / 2 : 0; };
    const auto cells = at::arange(rows * columns).view({rows, columns});
    order_ = partition(at::roll(cells, {-shift(rows), -shift(columns)}, {0, 1})).flatten();
    inverse_ = at::empty_like(order_);
    inverse_.index_copy_(0, order_, at::arange(rows * columns));
    if (shift(rows) + shift(columns) > 0) {
      const auto regions =
          partition(bands(rows, shift(rows)).unsqueeze(1) * 3 + bands(columns, shift(columns)).unsqueeze(0));
      const auto separate = regions.unsqueeze(1).ne(regions.unsqueeze(2));
      mask_ = at::where(separate, at::Scalar(-100.0F), at::Scalar(0.0F)).to(at::kFloat);
    }
  }

  /// N x cells x C -> (N * windows) x window^2 x C.
  at::Tensor split(const at::Tensor& x) const {
    return reordered(x, order_, inverse_).view({x.size(0) * count_, window * window, x.size(2)});
  }
  /// The inverse of split.
  at::Tensor join(const at::Tensor& x) const {
    return reordered(x.view({x.size(0) / count_, count_ * window * window, x.size(2)}), inverse_, order_);
  }
  /// What is added to the attention scores: -100 for two cells of a window that are neighbours only because of the
  /// cyclic shift, otherwise 0. windows x window^2 x window^2; undefined without a shift.
  const at::Tensor& mask() const { return mask_; }

 private:
  static at::Tensor reordered(const at::Tensor& x, const at::Tensor& order, const at::Tensor& reverse) {
    const auto made = at::index(x.detach(), {std::nullopt, order.to(x.device())});
    // The gradient of a permutation is the inverse permutation; ATen would add the cells to zeros one by one.
    return recorded_step({x}, made, [reverse = reverse.to(x.device())](const at::Tensor& upper) {
      return std::vector{at::index(upper, {std::nullopt, reverse})};
    });
  }

  /// The cells of each window: rows x columns -> windows x window^2.
  static at::Tensor partition(const at::Tensor& grid) {
    return grid.view({grid.size(0) / window, window, grid.size(1) / window, window})
        .permute({0, 2, 1, 3})
        .reshape({-1, window * window});
  }

  /// Numbers the regions along an axis: 0 = all windows but the last, 1 = the part of the last window that the shift
  /// did not wrap around, 2 = the part that it did.
  static at::Tensor bands(std::int64_t cells, std::int64_t shift) {
    const auto position = at::arange(cells);
    return shift == 0 ? at::zeros_like(position)
                      : position.ge(cells - window).to(at::kLong) + position.ge(cells - shift).to(at::kLong);
  }

  std::int64_t count_;
  at::Tensor order_;
  at::Tensor inverse_;
  at::Tensor mask_;
};

/// Self-attention within windows, with a learnt bias for each relative position of two cells.
class WindowAttention {
 public:
  WindowAttention(const Builder& at, std::int64_t channels, std::int64_t heads, bool shifted)
      : shifted_(shifted), attention_(at, channels, heads, Init::normal(0.02)) {
    constexpr auto span = 2 * window - 1;
    const auto table = at.take_rounded("relative_position_bias_table", {span * span, heads}, Init::normal(0.02));
    const auto rows = at::arange(window).unsqueeze(1).expand({window, window}).flatten();
    const auto columns = at::arange(window).unsqueeze(0).expand({window, window}).flatten();
    const auto relative = [](const at::Tensor& axis) { return axis.unsqueeze(1) - axis.unsqueeze(0) + (window - 1); };
    const auto index = (relative(rows) * span + relative(columns)).flatten().to(table.device());
    bias_ = at::index(table, {index})
                .view({window * window, window * window, heads})
                .permute({2, 0, 1})
                .unsqueeze(0)
                .contiguous();
  }

  /// N x rows x columns x C -> N x (rows * columns) x C.
  at::Tensor operator()(const at::Tensor& x, Pass& pass) {
    auto& grid = grid_for(x.size(1), x.size(2));
    return grid.windows.join(attention_(grid.windows.split(x.flatten(1, 2)), pass, bias_for(grid, x.size(0))));
  }

 private:
  struct Grid {
    Windows windows;
    at::Tensor bias = {};  ///< for `images` images: (images windows) x heads x window^2 x window^2; undefined = bias_
    std::int64_t images = 0;
  };

  Grid& grid_for(std::int64_t rows, std::int64_t columns) {
    const auto found = grids_.find({rows, columns});
    return found != grids_.end()
               ? found->second
               : grids_.emplace(std::pair{rows, columns}, Grid{Windows(rows, columns, shifted_)}).first->second;
  }

  const at::Tensor& bias_for(Grid& grid, std::int64_t images) {
    const auto& mask = grid.windows.mask();
    if (!mask.defined()) {
      return bias_;
    }
    if (grid.images != images) {
      grid.bias = (bias_ + mask.to(bias_.options()).unsqueeze(1)).repeat({images, 1, 1, 1});
      grid.images = images;
    }
    return grid.bias;
  }

  bool shifted_;
  SelfAttention attention_;
  at::Tensor bias_;                                              ///< 1 x heads x window^2 x window^2
  std::map<std::pair<std::int64_t, std::int64_t>, Grid> grids_;  ///< by rows and columns
};

class SwinBlock {
 public:
  SwinBlock(const Builder& at, std::int64_t channels, std::int64_t heads, bool shifted)
      : norm1_(at / "norm1", channels, epsilon),
        attention_(at / "attn", channels, heads, shifted),
        norm2_(at / "norm2", channels, epsilon),
        mlp_(at / "mlp", channels, 4 * channels, Init::normal(0.02)),
        path_(at.tappable()) {}

  /// x: N x rows x columns x C.
  at::Tensor operator()(const at::Tensor& x, Pass& pass) {
    const auto attended = attention_(norm1_(x, pass), pass);
    const auto y = add(x, attended.view(x.sizes()), pass);
    return pass.tap(path_, add(y, mlp_(norm2_(y, pass), pass), pass));
  }

  const std::string& path() const { return path_; }

 private:
  LayerNorm norm1_;
  WindowAttention attention_;
  LayerNorm norm2_;
  Mlp mlp_;
  std::string path_;
};

/// Patch merging: 2 x 2 cells become one cell with twice the channels.
class PatchMerging {
 public:
  PatchMerging(const Builder& at, std::int64_t channels)
      : norm_(at / "norm", 4 * channels, epsilon),
        reduction_(at / "reduction",
                   {.in = 4 * channels, .out = 2 * channels, .bias = false, .init = Init::normal(0.02)}),
        path_(at.tappable()) {}

  at::Tensor operator()(const at::Tensor& x, Pass& pass) {
    const auto blocks = x.view({x.size(0), x.size(1) / 2, 2, x.size(2) / 2, 2, x.size(3)});
    return pass.tap(path_, reduction_(norm_(blocks.permute({0, 1, 3, 4, 2, 5}).flatten(3), pass), pass));
  }

 private:
  LayerNorm norm_;
  Linear reduction_;
  std::string path_;
};

class SwinTransformer : public Network {
 public:
  SwinTransformer(const Builder& root, const Settings& settings)
      : patches_(root / "patch_embed", {"proj", "", ""}, patch_settings(settings), Activation::none),
        norm_after_patches_(root / "patch_embed" / "norm", settings.channels, epsilon) {
    auto channels = settings.channels;
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      const auto at = root / "layers" / i;
      if (i > 0) {
        mergings_.emplace_back(at / "downsample", channels);
        channels *= 2;
      }
      for (std::size_t j = 0; j < settings.depths[i]; ++j) {
        stages_[i].add(at / "blocks" / j, channels, settings.heads[i], j % 2 == 1);
      }
      stages_[i].end_stage(at);
    }
    norm_.emplace(root / "norm", channels, epsilon);
    head_.emplace(root / "head" / "fc",
                  LinearSettings{.in = channels, .out = root.classes("head.fc", 1000), .init = Init::normal(0.02)});
  }

  at::Tensor forward(const at::Tensor& x, Pass& pass) override {
    auto y = norm_after_patches_(channels_last(patches_(x, pass)), pass);
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      y = i == 0 ? y : mergings_[i - 1](y, pass);
      y = stages_[i](y, pass);
    }
    const auto mean = [](const at::Tensor& cells) { return cells.mean({1, 2}); };
    return (*head_)(average((*norm_)(y, pass), pass, mean), pass);
  }

  std::vector<std::string> blocks() const override { return paths_of(stages_); }

 private:
  static ConvSettings patch_settings(const Settings& settings) {
    ConvSettings made{3, settings.channels, patch, patch};
    made.bias = true;
    made.padding = 0;
    made.init = Init::uniform(1.0 / std::sqrt(3.0 * patch * patch));
    return made;
  }

  ConvNorm patches_;
  LayerNorm norm_after_patches_;
  std::vector<PatchMerging> mergings_;
  std::array<BlockSequence<SwinBlock>, 4> stages_;
  std::optional<LayerNorm> norm_;
  std::optional<Linear> head_;
};

ModelSpec swin(const std::string& id, const std::string& short_name, const Settings& settings) {
  ModelSpec spec;
  spec.id = id;
  spec.short_name = short_name;
  spec.fixed_size = true;
  spec.crop_pct = 0.9;
  spec.gradcam_layer = fmt::format("layers.3.blocks.{}", settings.depths[3] - 1);
  spec.grid = {GridRule::Layout::channels_last};
  spec.build = [settings](const Builder& root) { return std::make_unique<SwinTransformer>(root, settings); };
  return spec;
}

}  // namespace

std::vector<ModelSpec> swin_transformer_family() {
  const Settings tiny{96, {2, 2, 6, 2}, {3, 6, 12, 24}};
  const Settings small{96, {2, 2, 18, 2}, {3, 6, 12, 24}};
  const Settings base{128, {2, 2, 18, 2}, {4, 8, 16, 32}};
  const Settings large{192, {2, 2, 18, 2}, {6, 12, 24, 48}};
  return {
      swin("swin_tiny_patch4_window7_224.ms_in1k", "Swin_T", tiny),
      swin("swin_small_patch4_window7_224.ms_in1k", "", small),
      swin("swin_base_patch4_window7_224.ms_in1k", "", base),
      swin("swin_base_patch4_window7_224.ms_in22k_ft_in1k", "", base),
      swin("swin_large_patch4_window7_224.ms_in22k_ft_in1k", "", large),
  };
}

}  // namespace sightline::models
