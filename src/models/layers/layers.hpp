#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "models/kernels/activation.hpp"
#include "models/layers/input_gradient.hpp"
#include "models/layers/pass.hpp"
#include "models/layers/prepacked.hpp"
#include "models/layers/rules.hpp"
#include "models/weights/parameters.hpp"

/// The layer primitives of which all model families consist. Only this folder decides whether a convolution or a linear
/// layer runs through oneDNN with prepacked weights (on a CPU, for the forward pass and for the gradient of its input)
/// or through ATen (on a GPU, or where a pass requests an activation between the fused steps of a layer).
namespace sightline::models {

/// The device and the precision of a model. Activations have this precision. Weights are loaded as float32 and norms
/// are folded in float64; the results are rounded to the precision once.
struct Placement {
  at::Device device = at::kCPU;
  at::ScalarType precision = at::kFloat;  ///< or at::kBFloat16
};

/// A position in the module tree while a model is built: the module's path, with access to the parameters' source,
/// their device, and the list of layers that can be tapped.
class Builder {
 public:
  /// The root of the tree. layers: receives the paths of the tappable layers. Source and list must outlive all
  /// builders.
  Builder(ParameterSource& source, const Placement& placement, std::vector<std::string>& layers)
      : source_(source), placement_(placement), layers_(layers) {}

  /// The child module `name`, or the child with this index.
  Builder operator/(const std::string& name) const;
  Builder operator/(std::size_t index) const { return *this / std::to_string(index); }
  /// The module's path as in timm, such as layer1.0.conv1; empty for the root.
  const std::string& path() const { return path_; }

  const Placement& placement() const { return placement_; }

  /// The parameter `name` of this module: float32, on the device. init: how timm initialises it.
  at::Tensor take(const std::string& name, at::IntArrayRef shape, const Init& init) const;
  /// The same, rounded to the model's precision.
  at::Tensor take_rounded(const std::string& name, at::IntArrayRef shape, const Init& init) const {
    return take(name, shape, init).to(placement_.precision);
  }
  /// The number of classes that the parameters' source has for the module `classifier`, or default_count if it does not
  /// say.
  std::int64_t classes(const std::string& classifier, std::int64_t default_count) const {
    return source_.classes(classifier).value_or(default_count);
  }
  /// Adds this module to the layers whose activation a Pass can request, and returns its path. Call in forward order.
  const std::string& tappable() const;

 private:
  ParameterSource& source_;
  Placement placement_;
  std::vector<std::string>& layers_;
  std::string path_;
};

/// BatchNorm in evaluation mode as a scale and a shift per channel, computed in float64 from weight, bias, running_mean
/// and running_var.
struct Norm {
  /// weight: how timm initialises the weight.
  Norm(const Builder& at, std::int64_t channels, double epsilon, const Init& weight);
  /// The norm as a step for Rules, in the given precision. It refers to this object.
  NormStep step(at::ScalarType precision) const;

  at::Tensor scale;  ///< C, float64
  at::Tensor shift;  ///< C, float64

 private:
  at::Tensor weight_;
  at::Tensor bias_;
  double epsilon_;
  std::string path_;
};

/// The settings of a two-dimensional convolution.
struct ConvSettings {
  std::int64_t in = 0;      ///< input channels
  std::int64_t out = 0;     ///< output channels
  std::int64_t kernel = 1;  ///< side of the window
  std::int64_t stride = 1;
  std::int64_t groups = 1;
  bool bias = false;
  /// TensorFlow's SAME padding: its total depends on the input size; an odd row or column is added at the bottom or
  /// right.
  bool same_padding = false;
  std::optional<std::int64_t> padding = std::nullopt;  ///< nullopt = (kernel - 1) / 2
  Init init = Init::zeros();
};

/// Convolution, BatchNorm (optional), sum with a residual (optional) and activation. They are fused into one call
/// unless the pass requests an activation between them or follows Rules.
class ConvNorm {
 public:
  /// The names of the child modules. An empty norm means that there is none. An empty act means that the activation is
  /// part of the norm's module (timm's BatchNormAct2d).
  struct Names {
    std::string conv;
    std::string norm;
    std::string act;
  };
  ConvNorm(const Builder& at, const Names& names, const ConvSettings& settings, Activation activation,
           double epsilon = 1e-5, const Init& norm_weight = Init::ones());

  /// x: N x in x H x W; residual: N x out x h x w. The residual may be overwritten, so it must not be used afterwards.
  /// Result: N x out x h x w.
  at::Tensor operator()(const at::Tensor& x, Pass& pass, std::optional<at::Tensor> residual = std::nullopt);

  /// The convolution with the norm folded in. It refers to this layer.
  ConvolutionStep folded();
  Activation activation() const { return activation_; }
  /// Whether the padding depends on the image's size (TensorFlow's SAME).
  bool pads_by_size() const { return same_padding_; }

 private:
  at::Tensor fused(const at::Tensor& x, const std::optional<at::Tensor>& residual);
  at::Tensor without_recording(const at::Tensor& x, const std::optional<at::Tensor>& residual, Activation activation);
  at::Tensor fused_and_recorded(const at::Tensor& x, const std::optional<at::Tensor>& residual);
  at::Tensor by_rules(const at::Tensor& x, const Rules& rules, const std::optional<at::Tensor>& residual);
  at::Tensor step_by_step(const at::Tensor& x, Pass& pass, const std::optional<at::Tensor>& residual);
  at::Tensor padded(const at::Tensor& x) const;
  void fold();

  ConvGeometry geometry_;
  bool same_padding_;
  std::int64_t kernel_;
  Activation activation_;
  std::string conv_path_;
  std::string norm_path_;
  std::string act_path_;
  at::ScalarType precision_;
  at::Tensor weight_;  ///< as loaded
  at::Tensor bias_;    ///< as loaded; may be undefined
  std::optional<Norm> norm_;
  at::Tensor rounded_weight_;  ///< in the model's precision, for rules that do not fold norms
  at::Tensor rounded_bias_;
  at::Tensor folded_weight_;  ///< with the norm folded in; computed at first use
  at::Tensor folded_bias_;
  prepacked::Filter filter_;  ///< of the folded weight
  InputGradient input_gradient_;
};

/// BatchNorm in evaluation mode and ReLU, where no convolution precedes them (timm's BatchNormAct2d).
class NormRelu {
 public:
  NormRelu(const Builder& at, std::int64_t channels);
  /// N x C x H x W -> the same shape.
  at::Tensor operator()(const at::Tensor& x, Pass& pass) const;

 private:
  std::string path_;
  Norm norm_;
  at::ScalarType precision_;
  at::Tensor scale_;  ///< 1 x C x 1 x 1
  at::Tensor shift_;
};

/// The settings of a linear layer.
struct LinearSettings {
  std::int64_t in = 0;   ///< input features
  std::int64_t out = 0;  ///< output features
  bool bias = true;
  bool as_convolution = false;  ///< the weight is stored as that of a 1 x 1 convolution: out x in x 1 x 1
  Init init = Init::zeros();
  Init bias_init = Init::zeros();
};

/// A linear layer over the last dimension: y = x W^T + b.
class Linear {
 public:
  Linear(const Builder& at, const LinearSettings& settings);
  /// A layer that computes only the outputs `first` to `first + count - 1` of this one.
  Linear outputs(std::int64_t first, std::int64_t count) const;
  /// ... x in -> ... x out.
  at::Tensor operator()(const at::Tensor& x, const Pass& pass);
  /// Multiplies each output by its entry of `factors` (out, float32) from now on, as layer scale does. Call before the
  /// first use.
  void scale_outputs(const at::Tensor& factors);

 private:
  at::ScalarType precision_;
  at::Tensor weight_;           ///< as loaded; rounded to the precision at first use
  at::Tensor bias_;             ///< may be undefined
  prepacked::Matrix forward_;   ///< W, packed at first use
  prepacked::Matrix backward_;  ///< W^T, for the gradient
};

// Steps without parameters. They follow the pass's rules where it has some.

/// Elementwise activation of a tensor of any shape.
at::Tensor activate(const at::Tensor& x, Activation activation, const Pass& pass);
/// a + b, both of the same shape.
at::Tensor add(const at::Tensor& a, const at::Tensor& b, const Pass& pass);
/// Max pooling with square windows: N x C x H x W -> N x C x h x w.
at::Tensor max_pool(const at::Tensor& x, std::int64_t side, std::int64_t stride, std::int64_t padding,
                    const Pass& pass);
/// Average pooling. pool: a function that averages over cells of x; it must be linear.
template <typename Pool>
at::Tensor average(const at::Tensor& x, const Pass& pass, const Pool& pool) {
  return pass.rules() != nullptr ? pass.rules()->average(x, pool) : pool(x);
}
/// Mean over rows and columns: N x C x H x W -> N x C.
at::Tensor global_average(const at::Tensor& x, const Pass& pass);

}  // namespace sightline::models
