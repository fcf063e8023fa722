// The ResNet family of timm: ResNet (He et al., arXiv 1512.03385), the -d variants (arXiv 1812.01187), ResNeXt (arXiv
// 1611.05431), Res2Net (arXiv 1904.01169). Module and parameter names are timm's.

#include <cmath>
#include <optional>

#include <ATen/TensorOperators.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>

#include "models/layers/block_sequence.hpp"
#include "models/zoo/families.hpp"

namespace sightline::models {
namespace {

enum class Block { basic, bottleneck, res2net };

struct Settings {
  Block block = Block::basic;
  std::array<int, 4> depths{};
  /// The -d variants: three 3x3 convolutions instead of one 7x7, and average pooling in the shortcuts.
  bool deep_stem = false;
  int groups = 1;
  int base_width = 64;
  int scale = 1;  ///< Res2Net: the number of groups that a block's channels are split into
};

constexpr std::int64_t expansion(Block block) {
  return block == Block::basic ? 1 : 4;
}

/// A convolution with timm's initialisation: kaiming_normal_ with fan_out, which ignores the groups.
ConvSettings conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1,
                  std::int64_t groups = 1) {
  ConvSettings settings{in, out, kernel, stride, groups};
  settings.init = Init::normal(std::sqrt(2.0 / static_cast<double>(out * kernel * kernel)));
  return settings;
}

class Shortcut {
 public:
  Shortcut(const Builder& at, std::int64_t in, std::int64_t out, std::int64_t stride, bool average_pool)
      : pool_(average_pool ? stride : 1),
        conv_(at, average_pool ? ConvNorm::Names{"1", "2", ""} : ConvNorm::Names{"0", "1", ""},
              conv(in, out, 1, average_pool ? 1 : stride), Activation::none) {}

  at::Tensor operator()(const at::Tensor& x, Pass& pass) {
    if (pool_ == 1) {
      return conv_(x, pass);
    }
    return conv_(average(x, pass,
                         [&](const at::Tensor& cells) {
                           return at::avg_pool2d(cells, pool_, pool_, 0, /*ceil_mode=*/true,
                                                 /*count_include_pad=*/false);
                         }),
                 pass);
  }

 private:
  std::int64_t pool_;
  ConvNorm conv_;
};

/// The middle of a Res2Net block: the channels are split into `scale` parts, and the input of each 3x3 convolution is
/// its part plus the result of the convolution before it.
class SplitConvs {
 public:
  SplitConvs(const Builder& at, std::int64_t width, std::int64_t stride, int scale, bool first)
      : width_(width), stride_(stride), first_(first) {
    for (int i = 0; i + 1 < scale; ++i) {
      const auto index = std::to_string(i);
      convs_.emplace_back(at, ConvNorm::Names{"convs." + index, "bns." + index, ""}, conv(width, width, 3, stride),
                          Activation::relu);
    }
  }

  at::Tensor operator()(const at::Tensor& x, Pass& pass) {
    const auto parts = x.split(width_, 1);
    std::vector<at::Tensor> results;
    for (std::size_t i = 0; i < convs_.size(); ++i) {
      const auto input = i == 0 || first_ ? parts[i] : add(results.back(), parts[i], pass);
      results.push_back(convs_[i](input, pass));
    }
    const auto pool = [&](const at::Tensor& cells) { return at::avg_pool2d(cells, 3, stride_, 1); };
    results.push_back(first_ ? average(parts.back(), pass, pool) : parts.back());
    return at::cat(results, 1);
  }

 private:
  std::int64_t width_;
  std::int64_t stride_;
  bool first_;
  std::vector<ConvNorm> convs_;
};

class ResidualBlock {
 public:
  ResidualBlock(const Builder& at, const Settings& settings, std::int64_t in, std::int64_t planes, std::int64_t stride,
                bool with_shortcut)
      : path_(at.path()) {
    const auto out = planes * expansion(settings.block);
    const auto last_norm = Init::zeros();  // timm's zero_init_last
    if (with_shortcut) {
      shortcut_.emplace(at / "downsample", in, out, stride, settings.deep_stem);
    }
    if (settings.block == Block::basic) {
      convs_.emplace_back(at, ConvNorm::Names{"conv1", "bn1", "act1"}, conv(in, planes, 3, stride), Activation::relu);
      convs_.emplace_back(at, ConvNorm::Names{"conv2", "bn2", ""}, conv(planes, planes, 3), Activation::relu, 1e-5,
                          last_norm);
    } else {
      const auto width = planes * settings.base_width / 64 * settings.groups;
      const auto inner = width * settings.scale;
      convs_.emplace_back(at, ConvNorm::Names{"conv1", "bn1", ""}, conv(in, inner, 1), Activation::relu);
      if (settings.block == Block::res2net) {
        split_.emplace(at, width, stride, settings.scale, with_shortcut);
      } else {
        convs_.emplace_back(at, ConvNorm::Names{"conv2", "bn2", ""}, conv(width, width, 3, stride, settings.groups),
                            Activation::relu);
      }
      convs_.emplace_back(at, ConvNorm::Names{"conv3", "bn3", ""}, conv(inner, out, 1), Activation::relu, 1e-5,
                          last_norm);
    }
    at.tappable();
  }

  at::Tensor operator()(const at::Tensor& x, Pass& pass) {
    at::Tensor y = convs_.front()(x, pass);
    if (split_) {
      y = (*split_)(y, pass);
    }
    for (std::size_t i = 1; i + 1 < convs_.size(); ++i) {
      y = convs_[i](y, pass);
    }
    // The sum may overwrite the shortcut, which is not used afterwards.
    return pass.tap(path_, convs_.back()(y, pass, shortcut_ ? (*shortcut_)(x, pass) : x));
  }

  const std::string& path() const { return path_; }

 private:
  std::string path_;
  std::optional<Shortcut> shortcut_;
  std::optional<SplitConvs> split_;
  std::vector<ConvNorm> convs_;
};

class Stem {
 public:
  Stem(const Builder& at, bool deep) {
    if (deep) {
      convs_.emplace_back(at, ConvNorm::Names{"conv1.0", "conv1.1", "conv1.2"}, conv(3, 32, 3, 2), Activation::relu);
      convs_.emplace_back(at, ConvNorm::Names{"conv1.3", "conv1.4", "conv1.5"}, conv(32, 32, 3), Activation::relu);
      convs_.emplace_back(at, ConvNorm::Names{"conv1.6", "bn1", "act1"}, conv(32, 64, 3), Activation::relu);
    } else {
      convs_.emplace_back(at, ConvNorm::Names{"conv1", "bn1", "act1"}, conv(3, 64, 7, 2), Activation::relu);
    }
    path_ = (at / "maxpool").tappable();
  }

  at::Tensor operator()(at::Tensor x, Pass& pass) {
    for (auto& each : convs_) {
      x = each(x, pass);
    }
    return pass.tap(path_, max_pool(x, 3, 2, 1, pass));
  }

  ConvNorm* first() { return &convs_.front(); }

 private:
  std::vector<ConvNorm> convs_;
  std::string path_;
};

class ResNet : public Network {
 public:
  ResNet(const Builder& root, const Settings& settings) : stem_(root, settings.deep_stem) {
    std::int64_t in = 64;
    for (std::size_t stage = 0; stage < 4; ++stage) {
      const std::int64_t planes = 64LL << stage;
      const auto at = root / ("layer" + std::to_string(stage + 1));
      for (int i = 0; i < settings.depths[stage]; ++i) {
        const std::int64_t stride = stage > 0 && i == 0 ? 2 : 1;
        const bool with_shortcut = i == 0 && (stride != 1 || in != planes * expansion(settings.block));
        blocks_.add(at / static_cast<std::size_t>(i), settings, in, planes, stride, with_shortcut);
        in = planes * expansion(settings.block);
      }
      blocks_.end_stage(at);
    }
    const double bound = 1.0 / std::sqrt(static_cast<double>(in));
    fc_.emplace(root / "fc", LinearSettings{.in = in,
                                            .out = root.classes("fc", 1000),
                                            .init = Init::uniform(bound),
                                            .bias_init = Init::uniform(bound)});
  }

  at::Tensor forward(const at::Tensor& x, Pass& pass) override {
    auto y = stem_(x, pass);
    y = blocks_(y, pass);
    return (*fc_)(global_average(y, pass), pass);
  }

  std::vector<std::string> blocks() const override { return blocks_.paths(); }
  ConvNorm* first_layer() override { return stem_.first(); }

 private:
  Stem stem_;
  BlockSequence<ResidualBlock> blocks_;
  std::optional<Linear> fc_;
};

ModelSpec resnet(const std::string& id, const std::string& short_name, const Settings& settings, double crop_pct,
                 int test_size, images::Interpolation interpolation, double gain) {
  ModelSpec spec;
  spec.id = id;
  spec.short_name = short_name;
  if (id.ends_with(".tv_in1k")) {
    spec.other_names = {"torchvision_" + spec.architecture()};  // timm's port has the same parameters and names
  }
  spec.crop_pct = crop_pct;
  spec.test_input_size = test_size;
  spec.interpolation = interpolation;
  spec.gradcam_layer = "layer4." + std::to_string(settings.depths[3] - 1);
  spec.lrp_rules = settings.block == Block::res2net ? "" : "focus";
  spec.gains = {gain, 1.0};
  spec.build = [settings](const Builder& root) { return std::make_unique<ResNet>(root, settings); };
  return spec;
}

}  // namespace

std::vector<ModelSpec> resnet_family() {
  constexpr auto bilinear = images::Interpolation::bilinear;
  constexpr auto bicubic = images::Interpolation::bicubic;
  const Settings r18{Block::basic, {2, 2, 2, 2}};
  const Settings r34{Block::basic, {3, 4, 6, 3}};
  const Settings r50{Block::bottleneck, {3, 4, 6, 3}};
  const Settings r101{Block::bottleneck, {3, 4, 23, 3}};
  const Settings r152{Block::bottleneck, {3, 8, 36, 3}};
  const Settings r18d{Block::basic, {2, 2, 2, 2}, true};
  const Settings r50d{Block::bottleneck, {3, 4, 6, 3}, true};
  const Settings x50{Block::bottleneck, {3, 4, 6, 3}, false, 32, 4};
  const Settings res2net{Block::res2net, {3, 4, 6, 3}, false, 1, 14, 8};
  return {
      resnet("resnet18.tv_in1k", "", r18, 0.875, 224, bilinear, 1.2),
      resnet("resnet18.a1_in1k", "", r18, 0.95, 288, bicubic, 1.2),
      resnet("resnet34.tv_in1k", "", r34, 0.875, 224, bilinear, 1.2),
      resnet("resnet34.a1_in1k", "", r34, 0.95, 288, bicubic, 1.2),
      resnet("resnet50.tv_in1k", "", r50, 0.875, 224, bilinear, 1.0),
      resnet("resnet50.a1_in1k", "", r50, 0.95, 288, bicubic, 1.0),
      resnet("resnet101.tv_in1k", "", r101, 0.875, 224, bilinear, 1.0),
      resnet("resnet101.a1h_in1k", "", r101, 0.95, 288, bicubic, 1.0),
      resnet("resnet152.tv_in1k", "", r152, 0.875, 224, bilinear, 1.0),
      resnet("resnet152.a1h_in1k", "", r152, 0.95, 288, bicubic, 1.0),
      resnet("resnet18d.ra2_in1k", "ResNet18", r18d, 0.875, 288, bicubic, 1.2),
      resnet("resnet50d.ra2_in1k", "ResNet50", r50d, 0.875, 288, bicubic, 1.0),
      resnet("resnext50_32x4d.a1h_in1k", "ResNeXt50", x50, 0.95, 288, bicubic, 1.0),
      resnet("res2net50_14w_8s.in1k", "Res2Net50", res2net, 0.875, 224, bilinear, 0.8),
  };
}

}  // namespace sightline::models
