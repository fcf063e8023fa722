// ConvNeXt (Liu et al., arXiv 2201.03545) and ConvNeXt V2 (Woo et al., arXiv 2301.00808). Module and parameter names
// are timm's.

#include <array>
#include <optional>

#include <ATen/TensorOperators.h>
#include <ATen/ops/addcmul.h>
#include <fmt/format.h>

#include "models/kernels/kernels.hpp"
#include "models/kernels/recorded_step.hpp"
#include "models/layers/block_sequence.hpp"
#include "models/layers/token_layers.hpp"
#include "models/zoo/families.hpp"

namespace sightline::models {
namespace {

struct Settings {
  std::array<std::size_t, 4> depths{};
  std::array<std::int64_t, 4> channels{};
  bool convolution_mlp = false;  ///< the two layers of the MLP are stored as 1x1 convolutions
  bool second_version = false;   ///< global response normalisation in place of layer scale
};

constexpr double epsilon = 1e-6;

ConvSettings conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride, std::int64_t padding,
                  std::int64_t groups = 1) {
  ConvSettings made{in, out, kernel, stride, groups};
  made.bias = true;
  made.padding = padding;
  made.init = Init::normal(0.02);
  return made;
}

/// Global response normalisation: each channel is multiplied by its norm over the image, divided by the mean norm of
/// the channels.
class ResponseNorm {
 public:
  ResponseNorm(const Builder& at, std::int64_t channels)
      : weight_(at.take_rounded("weight", {channels}, Init::zeros())),
        bias_(at.take_rounded("bias", {channels}, Init::zeros())) {}

  /// N x H x W x C -> the same shape.
  at::Tensor operator()(const at::Tensor& x, const Pass& pass) const {
    // Under rules every step is recorded; otherwise this is one recorded step with the gradient below.
    const auto plain = pass.rules() != nullptr ? x : x.detach();
    const auto strength = kernels::channel_norms(plain);
    const auto mean = strength.mean(-1, /*keepdim=*/true) + epsilon;
    const auto gain = strength / mean * weight_ + 1.0;
    if (pass.rules() != nullptr) {
      return pass.rules()->gated(x, gain) + bias_;
    }
    const auto backward = [plain, strength, mean, gain, weight = weight_](const at::Tensor& upper) {
      const auto to_share = (upper * plain).sum({1, 2}, /*keepdim=*/true) * weight;
      const auto to_strength = to_share / mean - (to_share * strength).mean(-1, /*keepdim=*/true) / (mean * mean);
      return std::vector{at::addcmul(upper * gain, plain, to_strength / strength.clamp_min(1e-20))};
    };
    return recorded_step({x}, at::addcmul(bias_, plain, gain), backward);
  }

 private:
  at::Tensor weight_;
  at::Tensor bias_;
};

class ConvNeXtBlock {
 public:
  ConvNeXtBlock(const Builder& at, const Settings& settings, std::int64_t channels)
      : depthwise_(at, {"conv_dw", "", ""}, conv(channels, channels, 7, 1, 3, channels), Activation::none),
        norm_(at / "norm", channels, epsilon),
        first_(at / "mlp" / "fc1", linear(settings, channels, 4 * channels)),
        second_(at / "mlp" / "fc2", linear(settings, 4 * channels, channels)),
        path_(at.tappable()) {
    if (settings.second_version) {
      response_.emplace(at / "mlp" / "grn", 4 * channels);
    } else {
      second_.scale_outputs(at.take("gamma", {channels}, {Init::Kind::constant, 1e-6}));
    }
  }

  at::Tensor operator()(const at::Tensor& x, Pass& pass) {
    auto y = norm_(channels_last(depthwise_(x, pass)), pass);
    y = activate(first_(y, pass), Activation::gelu, pass);
    y = second_(response_ ? (*response_)(y, pass) : y, pass);
    return pass.tap(path_, add(x, channels_first(y), pass));
  }

  const std::string& path() const { return path_; }

 private:
  static LinearSettings linear(const Settings& settings, std::int64_t in, std::int64_t out) {
    return {.in = in, .out = out, .as_convolution = settings.convolution_mlp, .init = Init::normal(0.02)};
  }

  ConvNorm depthwise_;
  LayerNorm norm_;
  Linear first_;
  Linear second_;
  std::optional<ResponseNorm> response_;
  std::string path_;
};

class ConvNeXt : public Network {
 public:
  ConvNeXt(const Builder& root, const Settings& settings)
      : stem_(root, {"stem.0", "", ""}, conv(3, settings.channels[0], 4, 4, 0), Activation::none),
        norm_after_stem_(root / "stem" / "1", settings.channels[0], epsilon) {
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      const auto at = root / "stages" / i;
      const auto channels = settings.channels[i];
      if (i > 0) {
        const auto before = settings.channels[i - 1];
        downsamplings_.push_back(
            {LayerNorm(at / "downsample" / "0", before, epsilon),
             ConvNorm(at / "downsample", {"1", "", ""}, conv(before, channels, 2, 2, 0), Activation::none)});
      }
      for (std::size_t j = 0; j < settings.depths[i]; ++j) {
        stages_[i].add(at / "blocks" / j, settings, channels);
      }
      stages_[i].end_stage(at);
    }
    before_head_ = (root / "norm_pre").tappable();
    norm_.emplace(root / "head" / "norm", settings.channels[3], epsilon);
    head_.emplace(
        root / "head" / "fc",
        LinearSettings{.in = settings.channels[3], .out = root.classes("head.fc", 1000), .init = Init::normal(0.02)});
  }

  at::Tensor forward(const at::Tensor& x, Pass& pass) override {
    auto y = norm_after_stem_.over_channels(stem_(x, pass), pass);
    for (std::size_t i = 0; i < stages_.size(); ++i) {
      if (i > 0) {
        auto& [norm, conv] = downsamplings_[i - 1];
        y = conv(norm.over_channels(y, pass), pass);
      }
      y = stages_[i](y, pass);
    }
    y = pass.tap(before_head_, y);
    return (*head_)((*norm_)(global_average(y, pass), pass), pass);
  }

  std::vector<std::string> blocks() const override { return paths_of(stages_); }

 private:
  struct Downsampling {
    LayerNorm norm;
    ConvNorm conv;
  };

  ConvNorm stem_;
  LayerNorm norm_after_stem_;
  std::vector<Downsampling> downsamplings_;
  std::array<BlockSequence<ConvNeXtBlock>, 4> stages_;
  std::string before_head_;  ///< timm's norm_pre, which is the identity in these models
  std::optional<LayerNorm> norm_;
  std::optional<Linear> head_;
};

struct Size {
  std::array<std::size_t, 4> depths;
  std::array<std::int64_t, 4> channels;
  bool convolution_mlp = false;
};
constexpr Size atto{{2, 2, 6, 2}, {40, 80, 160, 320}, true};
constexpr Size femto{{2, 2, 6, 2}, {48, 96, 192, 384}, true};
constexpr Size pico{{2, 2, 6, 2}, {64, 128, 256, 512}, true};
constexpr Size nano{{2, 2, 8, 2}, {80, 160, 320, 640}, true};
constexpr Size tiny{{3, 3, 9, 3}, {96, 192, 384, 768}};
constexpr Size small{{3, 3, 27, 3}, {96, 192, 384, 768}};
constexpr Size base{{3, 3, 27, 3}, {128, 256, 512, 1024}};

ModelSpec convnext(const std::string& id, const Size& size, double crop_pct = 0.875) {
  const bool second = id.rfind("convnextv2", 0) == 0;
  const Settings settings{size.depths, size.channels, size.convolution_mlp, second};
  ModelSpec spec;
  spec.id = id;
  spec.test_input_size = 288;
  spec.crop_pct = crop_pct;
  spec.gradcam_layer = "norm_pre";
  spec.build = [settings](const Builder& root) { return std::make_unique<ConvNeXt>(root, settings); };
  return spec;
}

}  // namespace

std::vector<ModelSpec> convnext_family() {
  auto studied = convnext("convnextv2_nano.fcmae_ft_in22k_in1k", nano);
  studied.short_name = "ConvNeXtV2_Nano";
  return {
      convnext("convnext_atto.d2_in1k", atto),
      convnext("convnext_femto.d1_in1k", femto),
      convnext("convnext_pico.d1_in1k", pico),
      convnext("convnext_nano.d1h_in1k", nano, 0.95),
      convnext("convnext_nano.in12k_ft_in1k", nano, 0.95),
      convnext("convnext_tiny.fb_in1k", tiny),
      convnext("convnext_small.fb_in1k", small),
      convnext("convnext_base.fb_in1k", base),
      convnext("convnextv2_atto.fcmae_ft_in1k", atto),
      convnext("convnextv2_femto.fcmae_ft_in1k", femto),
      convnext("convnextv2_pico.fcmae_ft_in1k", pico),
      studied,
      convnext("convnextv2_tiny.fcmae_ft_in1k", tiny),
      convnext("convnextv2_tiny.fcmae_ft_in22k_in1k", tiny),
      convnext("convnextv2_base.fcmae_ft_in1k", base),
      convnext("convnextv2_base.fcmae_ft_in22k_in1k", base),
  };
}

}  // namespace sightline::models
