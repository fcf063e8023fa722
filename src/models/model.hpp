#pragma once

#include <array>
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "images/transform.hpp"
#include "models/layers/first_layer.hpp"
#include "models/layers/layers.hpp"
#include "models/layers/pass.hpp"
#include "models/weights/parameters.hpp"

namespace sightline::models {

/// The layers of one architecture: what a family file implements.
class Network {
 public:
  virtual ~Network() = default;
  /// x: N x 3 x H x W, normalised, channels-last in memory -> logits N x classes.
  virtual at::Tensor forward(const at::Tensor& x, Pass& pass) = 0;
  /// Paths of the residual blocks (or what takes their place) in forward order: the depth points.
  virtual std::vector<std::string> blocks() const = 0;
  /// The layer that alone sees the picture, if there is one that FirstLayer could take.
  virtual ConvNorm* first_layer() { return nullptr; }
};

/// How a layer's output becomes N x C x h x w.
struct GridRule {
  enum class Layout { channels_first, channels_last, tokens };
  Layout layout = Layout::channels_first;
  int skip = 0;  ///< tokens in front of the grid (class and distillation tokens)

  /// `aspect`: height / width of the image, for tokens. Throws base::Error(input) when the output is not a grid.
  at::Tensor to_grid(const at::Tensor& output, double aspect = 1.0) const;
};

/// Everything known about a model before its weights: one row of a family's table.
struct ModelSpec {
  std::string id;          ///< timm's name.tag, or torchvision_NAME
  std::string short_name;  ///< as in the published tables; empty = none
  int input_size = 224;
  int test_input_size = 224;
  bool fixed_size =
      false;  ///< takes images whose sides are multiples of input_size only: one, or a mosaic of such tiles
  double crop_pct = 0.875;
  images::Interpolation interpolation = images::Interpolation::bicubic;
  std::array<double, 3> mean = {0.485, 0.456, 0.406};
  std::array<double, 3> std = {0.229, 0.224, 0.225};
  std::string gradcam_layer;
  int gradcam_grid = 7;  ///< rows of the Grad-CAM map at input_size
  GridRule grid;
  SyntheticGains gains;
  std::filesystem::path file;  ///< a user's TorchScript module, with its own weights; empty for the models of the zoo
  bool fix_corner = false;     ///< the study repaired one corner cell of this model's Grad-CAM target
  double random_share = 0.0;   ///< of its layers, from the classifier down, that have random weights instead
  std::uint64_t random_seed = 1;
  std::function<std::unique_ptr<Network>(const Builder&)> build;

  /// Name without the tag: resnet50d.ra2_in1k -> resnet50d, torchvision_alexnet -> alexnet.
  std::string architecture() const;
  /// The name in tables and stores: the short name where there is one, else the id; then @random=SHARE.
  std::string label() const;
  /// `common`: straight to 224 x 224, bilinear; otherwise timm's evaluation recipe at input_size.
  images::Recipe recipe(bool common) const;
};

/// A network with its weights, ready to run.
class Model {
 public:
  /// Throws base::Error(input) when the parameters do not fit.
  Model(const ModelSpec& spec, ParameterSource& parameters, const Placement& placement = {});

  /// x: N x 3 x H x W, float32, normalised -> logits N x classes, float32. Throws base::Error(input) for a size the
  /// model cannot take.
  at::Tensor forward(const at::Tensor& x, Pass& pass);
  at::Tensor forward(const at::Tensor& x);

  /// nullptr = this model has none.
  FirstLayer* first_layer();

  const ModelSpec& spec() const { return spec_; }
  at::Device device() const { return placement_.device; }
  /// Paths that a Pass may want, in forward order.
  const std::vector<std::string>& layers() const { return layers_; }
  /// Paths of the blocks in forward order: the depth points.
  std::vector<std::string> blocks() const { return network_->blocks(); }
  /// The layer for `wanted`: empty = the model's Grad-CAM layer; a number in (0, 1] = the block at that depth (1 = the
  /// Grad-CAM layer); otherwise a module path. Throws base::Error(usage) with the nearest path when there is none.
  std::string resolve_layer(const std::string& wanted) const;

 private:
  const ModelSpec& spec_;
  Placement placement_;
  std::vector<std::string> layers_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<FirstLayer> first_layer_;  ///< made when first asked for
};

/// What parameters a model has, found without making any.
struct ParameterList {
  std::vector<ParameterFact> parameters;
  std::int64_t count = 0;  ///< of all numbers but BatchNorm's running statistics
};
ParameterList list_parameters(const ModelSpec& spec);

}  // namespace sightline::models
