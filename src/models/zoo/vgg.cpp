// VGG (Simonyan and Zisserman, arXiv 1409.1556) with timm's names and with torchvision's, and AlexNet (Krizhevsky,
// arXiv 1404.5997) with torchvision's: convolutions, poolings, three fully connected layers.

#include <algorithm>
#include <cmath>
#include <optional>

#include <ATen/ops/adaptive_avg_pool2d.h>
#include <fmt/format.h>

#include "models/zoo/families.hpp"

namespace sightline::models {
namespace {

/// A convolution with ReLU, and possibly a max pooling.
struct Layer {
  std::int64_t channels = 0;
  std::int64_t kernel = 3;
  std::int64_t stride = 1;
  std::int64_t padding = 1;
  std::int64_t pool_after = 0;  ///< side of the max pooling after it; 0 = none
};

struct Settings {
  std::vector<Layer> layers;
  bool batch_norm = false;
  std::int64_t grid = 7;  ///< side of the grid that the head's input has, in cells
};

ConvSettings conv(std::int64_t in, const Layer& layer) {
  ConvSettings made{in, layer.channels, layer.kernel, layer.stride};
  made.bias = true;
  made.padding = layer.padding;
  made.init = Init::normal(std::sqrt(2.0 / static_cast<double>(layer.channels * layer.kernel * layer.kernel)));
  return made;
}

/// The convolutional part, which torchvision and timm call `features`.
class Features {
 public:
  Features(const Builder& at, const Settings& settings) {
    std::size_t index = 0;
    std::int64_t in = 3;
    for (const auto& layer : settings.layers) {
      ConvNorm::Names names{std::to_string(index++), "", ""};
      if (settings.batch_norm) {
        names.norm = std::to_string(index++);
      }
      names.act = std::to_string(index++);
      convs_.emplace_back(at, names, conv(in, layer), Activation::relu);
      activations_.push_back((at / names.act).path());
      pools_.push_back({layer.pool_after, layer.pool_after == 0 ? "" : (at / index++).tappable()});
      in = layer.channels;
    }
    path_ = at.tappable();
  }

  at::Tensor operator()(at::Tensor x, Pass& pass) {
    for (std::size_t i = 0; i < convs_.size(); ++i) {
      x = convs_[i](x, pass);
      if (pools_[i].side > 0) {
        x = pass.tap(pools_[i].path, max_pool(x, pools_[i].side, 2, 0, pass));
      }
    }
    return pass.tap(path_, x);
  }

  /// The module paths of the ReLUs after the convolutions.
  const std::vector<std::string>& activations() const { return activations_; }
  ConvNorm* first() { return &convs_.front(); }

 private:
  struct Pool {
    std::int64_t side;
    std::string path;
  };

  std::vector<ConvNorm> convs_;
  std::vector<Pool> pools_;
  std::vector<std::string> activations_;
  std::string path_;
};

at::Tensor pooled_to(const at::Tensor& x, std::int64_t rows, std::int64_t columns, const Pass& pass) {
  if (x.size(2) == rows && x.size(3) == columns) {
    return x;
  }
  return average(x, pass, [=](const at::Tensor& cells) { return at::adaptive_avg_pool2d(cells, {rows, columns}); });
}

/// torchvision's head: average pooling to a fixed grid, then linear layers.
class TorchvisionNet : public Network {
 public:
  TorchvisionNet(const Builder& root, const Settings& settings, const std::array<int, 3>& indices)
      : features_(root / "features", settings), grid_(settings.grid) {
    const std::int64_t wide = 4096;
    auto in = settings.layers.back().channels * grid_ * grid_;
    for (const int index : indices) {
      const bool last = index == indices.back();
      const auto name = fmt::format("classifier.{}", index);
      linears_.emplace_back(
          root / name,
          LinearSettings{.in = in, .out = last ? root.classes(name, 1000) : wide, .init = Init::normal(0.01)});
      in = wide;
    }
  }

  at::Tensor forward(const at::Tensor& x, Pass& pass) override {
    auto y = pooled_to(features_(x, pass), grid_, grid_, pass).flatten(1);
    y = activate(linears_[0](y, pass), Activation::relu, pass);
    y = activate(linears_[1](y, pass), Activation::relu, pass);
    return linears_[2](y, pass);
  }

  std::vector<std::string> blocks() const override { return features_.activations(); }
  ConvNorm* first_layer() override { return features_.first(); }

 private:
  Features features_;
  std::int64_t grid_;
  std::vector<Linear> linears_;
};

/// timm's head: the first two fully connected layers are convolutions, so that the grid may have any size.
class TimmVgg : public Network {
 public:
  TimmVgg(const Builder& root, const Settings& settings)
      : features_(root / "features", settings),
        grid_(settings.grid),
        first_(root / "pre_logits", {"fc1", "", "act1"}, conv(512, {4096, grid_, 1, 0}), Activation::relu),
        second_(root / "pre_logits", {"fc2", "", "act2"}, conv(4096, {4096, 1, 1, 0}), Activation::relu),
        head_(root / "head" / "fc", {.in = 4096, .out = root.classes("head.fc", 1000), .init = Init::normal(0.01)}) {}

  at::Tensor forward(const at::Tensor& x, Pass& pass) override {
    auto y = features_(x, pass);
    y = pooled_to(y, std::max(grid_, y.size(2)), std::max(grid_, y.size(3)), pass);
    return head_(global_average(second_(first_(y, pass), pass), pass), pass);
  }

  std::vector<std::string> blocks() const override { return features_.activations(); }
  ConvNorm* first_layer() override { return features_.first(); }

 private:
  Features features_;
  std::int64_t grid_;
  ConvNorm first_;
  ConvNorm second_;
  Linear head_;
};

/// The convolutions of a VGG. repeats: the number of convolutions before each pooling.
Settings vgg_settings(const std::array<int, 5>& repeats, bool batch_norm) {
  Settings settings;
  settings.batch_norm = batch_norm;
  for (std::size_t stage = 0; stage < repeats.size(); ++stage) {
    const std::int64_t channels = std::min<std::int64_t>(64LL << stage, 512);
    for (int i = 0; i < repeats[stage]; ++i) {
      settings.layers.push_back({channels, 3, 1, 1, i + 1 == repeats[stage] ? 2 : 0});
    }
  }
  return settings;
}

std::size_t modules(const Settings& settings) {
  std::size_t count = 0;
  for (const auto& layer : settings.layers) {
    count += (settings.batch_norm ? 3 : 2) + (layer.pool_after > 0 ? 1 : 0);
  }
  return count;
}

ModelSpec spec_for(const std::string& id, const Settings& settings) {
  ModelSpec spec;
  spec.id = id;
  spec.interpolation = images::Interpolation::bilinear;
  spec.lrp_rules = "focus";
  spec.gradcam_grid = static_cast<int>(settings.grid);
  spec.gradcam_layer = fmt::format("features.{}", modules(settings) - 1);
  return spec;
}

ModelSpec torchvision(const std::string& name, const Settings& settings, const std::array<int, 3>& indices) {
  auto spec = spec_for("torchvision_" + name, settings);
  spec.build = [=](const Builder& root) { return std::make_unique<TorchvisionNet>(root, settings, indices); };
  return spec;
}

ModelSpec timm(const std::string& name, const Settings& settings) {
  auto spec = spec_for(name + ".tv_in1k", settings);
  spec.build = [settings](const Builder& root) { return std::make_unique<TimmVgg>(root, settings); };
  return spec;
}

}  // namespace

std::vector<ModelSpec> vgg_family() {
  const std::vector<std::pair<std::string, std::array<int, 5>>> depths = {
      {"vgg11", {1, 1, 2, 2, 2}}, {"vgg13", {2, 2, 2, 2, 2}}, {"vgg16", {2, 2, 3, 3, 3}}, {"vgg19", {2, 2, 4, 4, 4}}};
  std::vector<ModelSpec> specs;
  for (const bool batch_norm : {false, true}) {
    for (const auto& [name, repeats] : depths) {
      const auto settings = vgg_settings(repeats, batch_norm);
      const auto full_name = name + (batch_norm ? "_bn" : "");
      specs.push_back(timm(full_name, settings));
      specs.push_back(torchvision(full_name, settings, {0, 3, 6}));
    }
  }
  const Settings alexnet{{{64, 11, 4, 2, 3}, {192, 5, 1, 2, 3}, {384}, {256}, {256, 3, 1, 1, 3}}, false, 6};
  specs.push_back(torchvision("alexnet", alexnet, {1, 4, 6}));
  return specs;
}

}  // namespace sightline::models
