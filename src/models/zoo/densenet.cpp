// DenseNet (Huang et al., arXiv 1608.06993). Module and parameter names are timm's.

#include <array>
#include <cmath>
#include <optional>

#include <ATen/TensorOperators.h>
#include <ATen/ops/avg_pool2d.h>
#include <ATen/ops/cat.h>
#include <ATen/ops/empty.h>
#include <fmt/format.h>

#include "models/zoo/families.hpp"

namespace sightline::models {
namespace {

struct Settings {
  std::int64_t growth = 32;
  std::array<int, 4> depths{};
};

ConvSettings conv(std::int64_t in, std::int64_t out, std::int64_t kernel, std::int64_t stride = 1) {
  ConvSettings made{in, out, kernel, stride};
  made.init = Init::normal(std::sqrt(2.0 / static_cast<double>(in * kernel * kernel)));
  return made;
}

/// A dense layer: norm and ReLU, a 1x1 convolution with the second norm and ReLU, and a 3x3 convolution.
class DenseLayer {
 public:
  DenseLayer(const Builder& at, std::int64_t in, std::int64_t growth)
      : norm_(at / "norm1", in),
        narrow_(at, {"conv1", "norm2", ""}, conv(in, 4 * growth, 1), Activation::relu),
        widen_(at, {"conv2", "", ""}, conv(4 * growth, growth, 3), Activation::none),
        path_(at.tappable()) {}

  /// The new channels, which are to be appended to those of x.
  at::Tensor operator()(const at::Tensor& x, Pass& pass) {
    return pass.tap(path_, widen_(narrow_(norm_(x, pass), pass), pass));
  }

 private:
  NormRelu norm_;
  ConvNorm narrow_;
  ConvNorm widen_;
  std::string path_;
};

class DenseBlock {
 public:
  DenseBlock(const Builder& at, std::int64_t in, std::int64_t growth, int depth) : growth_(growth) {
    for (int i = 0; i < depth; ++i) {
      layers_.emplace_back(at / fmt::format("denselayer{}", i + 1), in + i * growth, growth);
    }
    path_ = at.tappable();
  }

  at::Tensor operator()(const at::Tensor& x, Pass& pass) {
    // Without recording, all layers write into one buffer: each appends its channels to its input. A recorded pass must
    // not overwrite tensors that the gradient needs, so it concatenates copies.
    auto channels = x.size(1);
    auto features = x;
    at::Tensor buffer;
    if (!pass.recording()) {
      buffer =
          at::empty({x.size(0), channels + growth_ * static_cast<std::int64_t>(layers_.size()), x.size(2), x.size(3)},
                    x.options().memory_format(at::MemoryFormat::ChannelsLast));
      buffer.narrow(1, 0, channels).copy_(x);
    }
    for (auto& layer : layers_) {
      const auto added = layer(features, pass);
      if (pass.recording()) {
        features = at::cat({features, added}, 1);
      } else {
        buffer.narrow(1, channels, growth_).copy_(added);
        channels += growth_;
        features = buffer.narrow(1, 0, channels);
      }
    }
    return pass.tap(path_, features);
  }

  const std::string& path() const { return path_; }

 private:
  std::int64_t growth_;
  std::vector<DenseLayer> layers_;
  std::string path_;
};

/// The transition between dense blocks: norm and ReLU, a 1x1 convolution that halves the channels, and a pooling that
/// halves the grid.
class Transition {
 public:
  Transition(const Builder& at, std::int64_t in)
      : norm_(at / "norm", in),
        conv_(at, {"conv", "", ""}, conv(in, in / 2, 1), Activation::none),
        path_(at.tappable()) {}

  at::Tensor operator()(const at::Tensor& x, Pass& pass) {
    return pass.tap(path_, average(conv_(norm_(x, pass), pass), pass,
                                   [](const at::Tensor& cells) { return at::avg_pool2d(cells, 2, 2); }));
  }

 private:
  NormRelu norm_;
  ConvNorm conv_;
  std::string path_;
};

class DenseNet : public Network {
 public:
  DenseNet(const Builder& root, const Settings& settings)
      : stem_(root / "features", {"conv0", "norm0", ""}, conv(3, 2 * settings.growth, 7, 2), Activation::relu),
        pool_path_((root / "features" / "pool0").tappable()) {
    const auto at = root / "features";
    auto channels = 2 * settings.growth;
    for (std::size_t i = 0; i < settings.depths.size(); ++i) {
      blocks_.emplace_back(at / fmt::format("denseblock{}", i + 1), channels, settings.growth, settings.depths[i]);
      channels += settings.growth * settings.depths[i];
      if (i + 1 < settings.depths.size()) {
        transitions_.emplace_back(at / fmt::format("transition{}", i + 1), channels);
        channels /= 2;
      }
    }
    norm_.emplace(at / "norm5", channels);
    features_path_ = at.tappable();
    classifier_.emplace(root / "classifier",
                        LinearSettings{.in = channels,
                                       .out = root.classes("classifier", 1000),
                                       .init = Init::uniform(1.0 / std::sqrt(static_cast<double>(channels)))});
  }

  at::Tensor forward(const at::Tensor& x, Pass& pass) override {
    auto y = pass.tap(pool_path_, max_pool(stem_(x, pass), 3, 2, 1, pass));
    for (std::size_t i = 0; i < blocks_.size(); ++i) {
      y = blocks_[i](y, pass);
      y = i < transitions_.size() ? transitions_[i](y, pass) : y;
    }
    y = pass.tap(features_path_, (*norm_)(y, pass));
    return (*classifier_)(global_average(y, pass), pass);
  }

  /// The dense blocks, and not their layers, each of which adds only a few channels.
  std::vector<std::string> blocks() const override {
    std::vector<std::string> paths;
    for (const auto& block : blocks_) {
      paths.push_back(block.path());
    }
    return paths;
  }
  ConvNorm* first_layer() override { return &stem_; }

 private:
  ConvNorm stem_;
  std::string pool_path_;
  std::vector<DenseBlock> blocks_;
  std::vector<Transition> transitions_;
  std::optional<NormRelu> norm_;
  std::string features_path_;
  std::optional<Linear> classifier_;
};

ModelSpec densenet(const std::string& id, const Settings& settings) {
  ModelSpec spec;
  spec.id = id;
  spec.gradcam_layer = "features";
  spec.build = [settings](const Builder& root) { return std::make_unique<DenseNet>(root, settings); };
  return spec;
}

}  // namespace

std::vector<ModelSpec> densenet_family() {
  auto studied = densenet("densenet121.tv_in1k", {32, {6, 12, 24, 16}});
  studied.short_name = "DenseNet121";
  return {
      studied,
      densenet("densenet161.tv_in1k", {48, {6, 12, 36, 24}}),
      densenet("densenet169.tv_in1k", {32, {6, 12, 32, 32}}),
      densenet("densenet201.tv_in1k", {32, {6, 12, 48, 32}}),
  };
}

}  // namespace sightline::models
