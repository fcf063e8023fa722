// The EfficientNet family of timm: EfficientNet (Tan and Le, arXiv 1905.11946), EfficientNet-Lite (TensorFlow's padding
// and BatchNorm epsilon), MobileNetV3 (Howard et al., arXiv 1905.02244). Module and parameter names are timm's.

#include <algorithm>
#include <cmath>
#include <optional>

#include <ATen/TensorOperators.h>
#include <ATen/ops/hardsigmoid.h>
#include <ATen/ops/sigmoid.h>
#include <fmt/format.h>

#include "models/layers/block_sequence.hpp"
#include "models/zoo/families.hpp"

namespace sightline::models {
namespace {

/// A row of timm's architecture tables: `repeats` blocks of one kind.
struct Row {
  enum class Kind { separable, inverted, plain } kind = Kind::inverted;
  int repeats = 1;
  int kernel = 3;
  int stride = 1;
  double expand = 6.0;
  int channels = 0;
  bool squeeze = false;
  Activation activation = Activation::silu;
};
using Stage = std::vector<Row>;

struct Settings {
  std::vector<Stage> stages;
  Activation activation = Activation::silu;  ///< of stem and head
  double width = 1.0;                        ///< factor of the channels
  double depth = 1.0;                        ///< factor of the repeats
  double epsilon = 1e-5;
  bool same_padding = false;
  bool fixed_ends = false;  ///< Lite: width and depth do not scale stem, head, first and last stage
  int stem = 32;
  int head = 1280;
  /// MobileNetV3: the head convolution follows the pooling; the squeeze-and-excitation has a hard sigmoid, and its size
  /// depends on the expanded channels.
  bool mobile = false;
};

/// timm's make_divisible: the multiple of 8 nearest to value * width, but at least 0.9 times that.
std::int64_t round_channels(double value, double width = 1.0) {
  const double scaled = value * width;
  const auto rounded = std::max<std::int64_t>(8, static_cast<std::int64_t>(scaled + 4.0) / 8 * 8);
  return static_cast<double>(rounded) < 0.9 * scaled ? rounded + 8 : rounded;
}

/// A convolution with timm's initialisation for models from TensorFlow: normal, by fan_out with groups.
ConvSettings conv(const Settings& settings, std::int64_t in, std::int64_t out, std::int64_t kernel,
                  std::int64_t stride = 1, std::int64_t groups = 1) {
  ConvSettings made{in, out, kernel, stride, groups};
  made.same_padding = settings.same_padding;
  made.init = Init::normal(std::sqrt(2.0 / static_cast<double>(kernel * kernel * out) / static_cast<double>(groups)));
  return made;
}

class SqueezeExcite {
 public:
  SqueezeExcite(const Builder& at, std::int64_t channels, std::int64_t reduced, const Settings& settings)
      : mobile_(settings.mobile),
        reduce_(at, {"conv_reduce", "", ""}, with_bias(conv(settings, channels, reduced, 1)),
                settings.mobile ? Activation::relu : settings.activation),
        expand_(at, {"conv_expand", "", ""}, with_bias(conv(settings, reduced, channels, 1)), Activation::none) {}

  at::Tensor operator()(const at::Tensor& x, Pass& pass) {
    const auto squeezed = x.mean({2, 3}, /*keepdim=*/true);
    const auto gate = expand_(reduce_(squeezed, pass), pass);
    const auto share = mobile_ ? at::hardsigmoid(gate) : at::sigmoid(gate);
    return pass.rules() != nullptr ? pass.rules()->gated(x, share) : x * share;
  }

 private:
  static ConvSettings with_bias(ConvSettings settings) {
    settings.bias = true;
    return settings;
  }

  bool mobile_;
  ConvNorm reduce_;
  ConvNorm expand_;
};

/// A block of any of the three kinds: [expand] [depthwise] [squeeze-and-excitation] [project], with a shortcut if input
/// and output have the same shape.
class MobileBlock {
 public:
  MobileBlock(const Builder& at, const Settings& settings, const Row& row, std::int64_t in, std::int64_t out,
              std::int64_t stride)
      : path_(at.path()), shortcut_(row.kind != Row::Kind::plain && in == out && stride == 1) {
    const auto add = [&](const char* name, const char* norm, const ConvSettings& made, Activation activation) {
      return ConvNorm(at, {name, norm, ""}, made, activation, settings.epsilon);
    };
    if (row.kind == Row::Kind::plain) {
      project_.emplace(add("conv", "bn1", conv(settings, in, out, row.kernel, stride), row.activation));
    } else {
      const bool inverted = row.kind == Row::Kind::inverted;
      const auto inner = inverted ? round_channels(static_cast<double>(in), row.expand) : in;
      if (inverted) {
        expand_.emplace(add("conv_pw", "bn1", conv(settings, in, inner, 1), row.activation));
      }
      depthwise_.emplace(add("conv_dw", inverted ? "bn2" : "bn1",
                             conv(settings, inner, inner, row.kernel, stride, inner), row.activation));
      if (row.squeeze) {
        const auto reduced = settings.mobile ? round_channels(static_cast<double>(inner), 0.25) : in / 4;
        squeeze_.emplace(at / "se", inner, reduced, settings);
      }
      project_.emplace(add(inverted ? "conv_pwl" : "conv_pw", inverted ? "bn3" : "bn2", conv(settings, inner, out, 1),
                           Activation::none));
    }
    at.tappable();
  }

  at::Tensor operator()(const at::Tensor& x, Pass& pass) {
    at::Tensor y = expand_ ? (*expand_)(x, pass) : x;
    y = depthwise_ ? (*depthwise_)(y, pass) : y;
    y = squeeze_ ? (*squeeze_)(y, pass) : y;
    return pass.tap(path_, (*project_)(y, pass, shortcut_ ? std::optional(x) : std::nullopt));
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  bool shortcut_;
  std::optional<ConvNorm> expand_;
  std::optional<ConvNorm> depthwise_;
  std::optional<SqueezeExcite> squeeze_;
  std::optional<ConvNorm> project_;
};

class EfficientNet : public Network {
 public:
  EfficientNet(const Builder& root, const Settings& settings) : mobile_(settings.mobile) {
    std::int64_t in = settings.fixed_ends ? settings.stem : round_channels(settings.stem, settings.width);
    stem_.emplace(root, ConvNorm::Names{"conv_stem", "bn1", ""}, conv(settings, 3, in, 3, 2), settings.activation,
                  settings.epsilon);
    for (std::size_t stage = 0; stage < settings.stages.size(); ++stage) {
      in = add_stage(root / "blocks" / stage, settings, stage, in);
    }
    blocks_path_ = (root / "blocks").tappable();
    const auto head = settings.fixed_ends || mobile_ ? settings.head : round_channels(settings.head, settings.width);
    auto head_conv = conv(settings, in, head, 1);
    head_conv.bias = mobile_;
    head_.emplace(root, mobile_ ? ConvNorm::Names{"conv_head", "", "act2"} : ConvNorm::Names{"conv_head", "bn2", ""},
                  head_conv, settings.activation, settings.epsilon);
    const auto classes = root.classes("classifier", 1000);
    const auto init = Init::uniform(1.0 / std::sqrt(static_cast<double>(classes)));
    classifier_.emplace(root / "classifier", LinearSettings{.in = head, .out = classes, .init = init});
  }

  at::Tensor forward(const at::Tensor& x, Pass& pass) override {
    auto y = (*stem_)(x, pass);
    y = blocks_(y, pass);
    y = pass.tap(blocks_path_, y);
    if (mobile_) {
      y = (*head_)(global_average(y, pass).unflatten(1, {-1, 1, 1}), pass).flatten(1);
      return (*classifier_)(y, pass);
    }
    return (*classifier_)(global_average((*head_)(y, pass), pass), pass);
  }

  std::vector<std::string> blocks() const override { return blocks_.paths(); }

 private:
  /// Appends the blocks of a stage, and returns the number of its output channels.
  std::int64_t add_stage(const Builder& at, const Settings& settings, std::size_t stage, std::int64_t in) {
    const bool end = stage == 0 || stage + 1 == settings.stages.size();
    std::size_t index = 0;
    for (const auto& row : settings.stages[stage]) {
      const double depth = settings.fixed_ends && end ? 1.0 : settings.depth;
      const int repeats = static_cast<int>(std::ceil(row.repeats * depth - 1e-9));
      const auto out = round_channels(row.channels, settings.width);
      for (int i = 0; i < repeats; ++i, ++index) {
        blocks_.add(at / index, settings, row, in, out, i == 0 ? row.stride : 1);
        in = out;
      }
    }
    blocks_.end_stage(at);
    return in;
  }

  bool mobile_;
  std::optional<ConvNorm> stem_;
  BlockSequence<MobileBlock> blocks_;
  std::string blocks_path_;
  std::optional<ConvNorm> head_;
  std::optional<Linear> classifier_;
};

std::vector<Stage> efficientnet_stages(bool squeeze, Activation activation) {
  const auto row = [&](Row::Kind kind, int repeats, int kernel, int stride, double expand, int channels) {
    return Stage{Row{kind, repeats, kernel, stride, expand, channels, squeeze, activation}};
  };
  using enum Row::Kind;
  return {row(separable, 1, 3, 1, 1, 16), row(inverted, 2, 3, 2, 6, 24),  row(inverted, 2, 5, 2, 6, 40),
          row(inverted, 3, 3, 2, 6, 80),  row(inverted, 3, 5, 1, 6, 112), row(inverted, 4, 5, 2, 6, 192),
          row(inverted, 1, 3, 1, 6, 320)};
}

std::vector<Stage> mobilenetv3_large_stages() {
  constexpr auto relu = Activation::relu;
  constexpr auto swish = Activation::hardswish;
  using enum Row::Kind;
  return {{{separable, 1, 3, 1, 1, 16, false, relu}},
          {{inverted, 1, 3, 2, 4, 24, false, relu}, {inverted, 1, 3, 1, 3, 24, false, relu}},
          {{inverted, 3, 5, 2, 3, 40, true, relu}},
          {{inverted, 1, 3, 2, 6, 80, false, swish},
           {inverted, 1, 3, 1, 2.5, 80, false, swish},
           {inverted, 2, 3, 1, 2.3, 80, false, swish}},
          {{inverted, 2, 3, 1, 6, 112, true, swish}},
          {{inverted, 3, 5, 2, 6, 160, true, swish}},
          {{plain, 1, 1, 1, 1, 960, false, swish}}};
}

std::vector<Stage> mobilenetv3_small_stages() {
  constexpr auto relu = Activation::relu;
  constexpr auto swish = Activation::hardswish;
  using enum Row::Kind;
  return {{{separable, 1, 3, 2, 1, 16, true, relu}},
          {{inverted, 1, 3, 2, 4.5, 24, false, relu}, {inverted, 1, 3, 1, 3.67, 24, false, relu}},
          {{inverted, 1, 5, 2, 4, 40, true, swish}, {inverted, 2, 5, 1, 6, 40, true, swish}},
          {{inverted, 2, 5, 1, 3, 48, true, swish}},
          {{inverted, 3, 5, 2, 6, 96, true, swish}},
          {{plain, 1, 1, 1, 1, 576, false, swish}}};
}

struct Sizes {
  int input;
  int test;
  double crop_pct;
  images::Interpolation interpolation = images::Interpolation::bicubic;
};

ModelSpec spec_for(const std::string& id, const std::string& short_name, const Settings& settings, const Sizes& sizes,
                   SyntheticGains gains) {
  ModelSpec spec;
  spec.id = id;
  spec.short_name = short_name;
  spec.input_size = sizes.input;
  spec.test_input_size = sizes.test;
  spec.crop_pct = sizes.crop_pct;
  spec.interpolation = sizes.interpolation;
  spec.gradcam_grid = (sizes.input + 31) / 32;
  spec.gradcam_layer = settings.mobile ? "blocks" : "conv_head";
  spec.gains = gains;
  spec.build = [settings](const Builder& root) { return std::make_unique<EfficientNet>(root, settings); };
  return spec;
}

ModelSpec efficientnet(const std::string& id, const std::string& short_name, double width, double depth,
                       const Sizes& sizes, SyntheticGains gains = {}) {
  Settings settings{efficientnet_stages(true, Activation::silu), Activation::silu, width, depth};
  auto spec = spec_for(id, short_name, settings, sizes, gains);
  spec.fix_corner = spec.architecture() == "efficientnet_b4";
  return spec;
}

ModelSpec lite(int number, double width, double depth, const Sizes& sizes) {
  Settings settings{efficientnet_stages(false, Activation::relu6), Activation::relu6, width, depth, 1e-3, true, true};
  auto spec = spec_for(fmt::format("tf_efficientnet_lite{}.in1k", number), fmt::format("EfficientNet_Lite{}", number),
                       settings, sizes, {});
  spec.mean = {0.5, 0.5, 0.5};
  spec.std = {0.5, 0.5, 0.5};
  return spec;
}

/// The settings of the models that timm converted from TensorFlow.
ModelSpec tensorflow(const std::string& id, double width, double depth, const Sizes& sizes) {
  Settings settings{efficientnet_stages(true, Activation::silu), Activation::silu, width, depth, 1e-3, true};
  return spec_for(id, "", settings, sizes, {1.4, 0.25});
}

ModelSpec mobilenetv3_small() {
  Settings settings{mobilenetv3_small_stages(), Activation::hardswish};
  settings.stem = 16;
  settings.head = 1024;
  settings.mobile = true;
  return spec_for("mobilenetv3_small_100.lamb_in1k", "", settings, {224, 224, 0.875}, {1.5, 1.0});
}

ModelSpec mobilenetv3_large() {
  Settings settings{mobilenetv3_large_stages(), Activation::hardswish};
  settings.stem = 16;
  settings.mobile = true;
  return spec_for("mobilenetv3_large_100.ra_in1k", "MobileNetV3", settings, {224, 224, 0.875}, {1.5, 1.0});
}

}  // namespace

std::vector<ModelSpec> efficientnet_family() {
  constexpr auto bilinear = images::Interpolation::bilinear;
  auto b1 = efficientnet("efficientnet_b1.ra4_e3600_r240_in1k", "", 1.0, 1.1, {240, 288, 0.9}, {1.5, 0.25});
  b1.mean = b1.std = {0.5, 0.5, 0.5};
  return {
      efficientnet("efficientnet_b0.ra_in1k", "", 1.0, 1.0, {224, 224, 0.875}, {1.5, 0.25}),
      b1,
      efficientnet("efficientnet_b2.ra_in1k", "", 1.1, 1.2, {256, 288, 0.875}, {1.5, 0.25}),
      efficientnet("efficientnet_b3.ra2_in1k", "EfficientNet_B3", 1.2, 1.4, {288, 320, 0.875}, {1.5, 0.25}),
      efficientnet("efficientnet_b4.ra2_in1k", "EfficientNet_B4", 1.4, 1.8, {320, 384, 0.875}, {1.4, 0.25}),
      efficientnet("efficientnet_b5.sw_in12k_ft_in1k", "", 1.6, 2.2, {448, 448, 1.0}, {1.4, 0.25}),
      tensorflow("tf_efficientnet_b5.ra_in1k", 1.6, 2.2, {456, 456, 0.934}),
      tensorflow("tf_efficientnet_b6.aa_in1k", 1.8, 2.6, {528, 528, 0.942}),
      tensorflow("tf_efficientnet_b7.ra_in1k", 2.0, 3.1, {600, 600, 0.949}),
      lite(0, 1.0, 1.0, {224, 224, 0.875}),
      lite(1, 1.0, 1.1, {240, 240, 0.882}),
      lite(2, 1.1, 1.2, {260, 260, 0.89}),
      lite(3, 1.2, 1.4, {300, 300, 0.904, bilinear}),
      lite(4, 1.4, 1.8, {380, 380, 0.92, bilinear}),
      mobilenetv3_large(),
      mobilenetv3_small(),
  };
}

}  // namespace sightline::models
