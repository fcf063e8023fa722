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

/// The layers of one architecture: the interface that every family in zoo/ implements.
class Network {
 public:
  virtual ~Network() = default;
  /// Computes the logits, N x classes. x: N x 3 x H x W, normalised, channels-last in memory.
  virtual at::Tensor forward(const at::Tensor& x, Pass& pass) = 0;
  /// The module paths of the residual blocks (or the corresponding modules) in forward order. They are the depths that
  /// the option `gradcam.layer` can name by a number.
  virtual std::vector<std::string> blocks() const = 0;
  /// The only layer that has the image as its input, or nullptr if there is no such convolution.
  virtual ConvNorm* first_layer() { return nullptr; }
};

/// How the output of a model's layers is rearranged to N x C x h x w.
struct GridRule {
  /// N x C x h x w, N x h x w x C, or N x tokens x C.
  enum class Layout { channels_first, channels_last, tokens };
  Layout layout = Layout::channels_first;
  int skip = 0;  ///< number of tokens before those of the grid (class and distillation tokens)

  /// Rearranges a layer's output to N x C x h x w. aspect: height / width of the image, from which the grid of tokens
  /// follows. Throws base::Error(input) for an output that is not a grid.
  at::Tensor to_grid(const at::Tensor& output, double aspect = 1.0) const;
};

/// The description of a model apart from its weights.
struct ModelSpec {
  std::string id;                             ///< timm's name.tag, or torchvision_NAME
  std::string short_name;                     ///< the name in the published tables; empty = none
  std::vector<std::string> other_names = {};  ///< further names under which the model is found
  std::string family = {};                    ///< the family in zoo/, such as resnet; empty for a user's own module
  std::string kind = {};                      ///< cnn or transformer; empty for a user's own module
  int input_size = 224;                       ///< side of the input in pixels
  int test_input_size = 224;                  ///< timm's test_input_size, which `sightline models --json` lists
  /// Whether the sides of an input must be multiples of input_size: an image, or a mosaic of such tiles.
  bool fixed_size = false;
  double crop_pct = 0.875;  ///< timm's: input_size divided by the size that images are resized to before the crop
  images::Interpolation interpolation = images::Interpolation::bicubic;
  std::array<double, 3> mean = {0.485, 0.456, 0.406};  ///< channel means that are subtracted from pixels in [0, 1]
  std::array<double, 3> std = {0.229, 0.224, 0.225};   ///< standard deviations that the channels are divided by
  std::string gradcam_layer;                           ///< module path of the layer that CAMs explain by default
  int gradcam_grid = 7;                                ///< rows of the Grad-CAM map at input_size
  GridRule grid;                                       ///< how the layers' outputs become N x C x h x w
  /// The rules that LRP takes for this model unless a job names others: `focus` for convolutions that see what a ReLU
  /// let through, as in the Focus study's networks; empty = by the model's layers.
  std::string lrp_rules = {};
  SyntheticGains gains;        ///< for weights of the kind synthetic:SEED
  std::filesystem::path file;  ///< a user's TorchScript module, with its own weights; empty for the models of the zoo
  bool fix_corner = false;     ///< whether the study repaired one corner cell of this model's Grad-CAM layer
  bool allow_nonfinite_weights = false;  ///< whether weights that are NaN or infinite are taken instead of refused
  double random_share = 0.0;  ///< share of the modules, from the classifier backwards, that get random weights; [0, 1]
  std::uint64_t random_seed = 1;  ///< seed of the random weights
  /// A value of the option `gradcam.layer`: the model's output is the mean over the grid of this layer's output, N x C,
  /// instead of the logits. Empty = the logits.
  std::string pooled_layer = {};
  /// Builds the network with the parameters of the builder's source.
  std::function<std::unique_ptr<Network>(const Builder&)> build;

  /// The id without prefix and tag: resnet50d.ra2_in1k -> resnet50d, torchvision_alexnet -> alexnet.
  std::string architecture() const;
  /// The name in tables and stores: the short name if there is one, otherwise the id. If random_share is not 0,
  /// @random=SHARE follows, and @LAYER if there is a pooled_layer.
  std::string label() const;
  /// How images become inputs. common: resized to 224 x 224 (bilinear), ignoring the aspect ratio; otherwise timm's
  /// evaluation recipe of the model at input_size.
  images::Recipe recipe(bool common) const;
};

/// A network with its weights, ready to run.
class Model {
 public:
  /// Builds the network. Throws base::Error(input) when the parameters are not those of this model. spec must outlive
  /// the model.
  Model(const ModelSpec& spec, ParameterSource& parameters, const Placement& placement = {});

  /// Computes the logits, N x classes, float32, or what ModelSpec::pooled_layer names instead; then `pass` is not told
  /// of the layers. x: N x 3 x H x W, float32, normalised. Throws base::Error(input) for an input size that the model
  /// does not support, and base::Error(usage) for a TorchScript model if the pass has rules.
  at::Tensor forward(const at::Tensor& x, Pass& pass);
  /// The same without requested activations or gradients.
  at::Tensor forward(const at::Tensor& x);

  /// The first layer, if FirstLayer supports it, otherwise nullptr.
  FirstLayer* first_layer();

  const ModelSpec& spec() const { return spec_; }
  at::Device device() const { return placement_.device; }
  /// The module paths whose activation a Pass can request, in forward order.
  const std::vector<std::string>& layers() const { return layers_; }
  /// The module paths of the blocks, in forward order (Network::blocks).
  std::vector<std::string> blocks() const { return network_->blocks(); }
  /// The module path that a value of the option `gradcam.layer` names. An empty value is the model's own Grad-CAM
  /// layer; a number in (0, 1] is the block at that relative depth (1 = the Grad-CAM layer); anything else is a module
  /// path. Throws base::Error(usage), which offers the nearest path, when the model does not have the layer.
  std::string resolve_layer(const std::string& option) const;

 private:
  at::Tensor pooled(const at::Tensor& x);

  const ModelSpec& spec_;
  Placement placement_;
  std::vector<std::string> layers_;
  std::unique_ptr<Network> network_;
  std::unique_ptr<FirstLayer> first_layer_;  ///< created when first needed
};

/// The parameters of a model.
struct ParameterList {
  std::vector<ParameterFact> parameters;
  std::int64_t count = 0;  ///< how many numbers they have, without BatchNorm's running statistics
};
/// Finds a model's parameters by building it without memory for them.
ParameterList list_parameters(const ModelSpec& spec);

}  // namespace sightline::models
