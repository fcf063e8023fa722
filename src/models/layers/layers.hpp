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

/// The layer primitives that all model families are made of. This is the only place that knows whether a convolution or
/// a linear layer runs through oneDNN with prepacked weights (on a CPU, forward and for the gradient of its input) or
/// through ATen (on a GPU, or where somebody asks for what lies between a layer's steps).
namespace sightline::models {

/// Where and in which numbers a model computes. Activations have `precision`; weights are loaded, and norms are folded,
/// in more, and rounded to it once.
struct Placement {
  at::Device device = at::kCPU;
  at::ScalarType precision = at::kFloat;  ///< or at::kBFloat16
};

/// Walks the module tree while a model is built: a path, where parameters come from, the device they go to, and the
/// layers that can be tapped.
class Builder {
 public:
  Builder(ParameterSource& source, const Placement& placement, std::vector<std::string>& layers)
      : source_(source), placement_(placement), layers_(layers) {}

  /// The module `name` below this one.
  Builder operator/(const std::string& name) const;
  Builder operator/(std::size_t index) const { return *this / std::to_string(index); }
  const std::string& path() const { return path_; }

  const Placement& placement() const { return placement_; }

  /// A parameter of this module, float32, on the device.
  at::Tensor take(const std::string& name, at::IntArrayRef shape, const Init& init) const;
  /// The same in the numbers the model computes in.
  at::Tensor take_rounded(const std::string& name, at::IntArrayRef shape, const Init& init) const {
    return take(name, shape, init).to(placement_.precision);
  }
  std::int64_t classes(const std::string& classifier, std::int64_t otherwise) const {
    return source_.classes(classifier).value_or(otherwise);
  }
  /// Makes this module's output a layer that an attribution can ask for; returns its path. Call in forward order.
  const std::string& tappable() const;

 private:
  ParameterSource& source_;
  Placement placement_;
  std::vector<std::string>& layers_;
  std::string path_;
};

/// BatchNorm in evaluation mode as a scale and a shift per channel, from weight, bias, running_mean and running_var;
/// computed in float64.
struct Norm {
  Norm(const Builder& at, std::int64_t channels, double epsilon, const Init& weight);
  /// What rules are told of it; refers to it.
  NormStep step(at::ScalarType precision) const;

  at::Tensor scale;  ///< float64
  at::Tensor shift;  ///< float64

 private:
  at::Tensor weight_;
  at::Tensor bias_;
  double epsilon_;
  std::string path_;
};

struct ConvSettings {
  std::int64_t in = 0;
  std::int64_t out = 0;
  std::int64_t kernel = 1;
  std::int64_t stride = 1;
  std::int64_t groups = 1;
  bool bias = false;
  bool same_padding =
      false;  ///< TensorFlow's SAME: total padding by the input size, the odd row and column at the bottom and right
  std::optional<std::int64_t> padding = std::nullopt;  ///< nothing = half the kernel
  Init init = Init::zeros();
};

/// Convolution, BatchNorm (optional), sum with a residual (optional), activation: fused into one call wherever nothing
/// between is wanted.
class ConvNorm {
 public:
  /// Module names of the parts below `at`; an empty norm = none, an empty act = the activation belongs to the norm
  /// (timm's BatchNormAct2d).
  struct Names {
    std::string conv;
    std::string norm;
    std::string act;
  };
  ConvNorm(const Builder& at, const Names& names, const ConvSettings& settings, Activation activation,
           double epsilon = 1e-5, const Init& norm_weight = Init::ones());

  /// x: N x in x H x W. The residual may be overwritten: pass only what nobody else reads.
  at::Tensor operator()(const at::Tensor& x, Pass& pass, std::optional<at::Tensor> residual = std::nullopt);

  /// The convolution with the norm folded in; refers to this layer.
  ConvolutionStep folded();
  Activation activation() const { return activation_; }
  /// Whether the padding depends on the picture's size (TensorFlow's SAME).
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
  at::Tensor weight_;  ///< as loaded, with its bias
  at::Tensor bias_;
  std::optional<Norm> norm_;
  at::Tensor rounded_weight_;  ///< in the model's precision, for rules that take the norm as a step of its own
  at::Tensor rounded_bias_;
  at::Tensor folded_weight_;  ///< with the norm folded in; made at first use
  at::Tensor folded_bias_;
  prepacked::Filter filter_;  ///< of the folded weight
  InputGradient input_gradient_;
};

/// BatchNorm in evaluation mode and ReLU, without a convolution before them; timm's BatchNormAct2d.
class NormRelu {
 public:
  NormRelu(const Builder& at, std::int64_t channels);
  at::Tensor operator()(const at::Tensor& x, Pass& pass) const;

 private:
  std::string path_;
  Norm norm_;
  at::ScalarType precision_;
  at::Tensor scale_;  ///< 1 x C x 1 x 1
  at::Tensor shift_;
};

struct LinearSettings {
  std::int64_t in = 0;
  std::int64_t out = 0;
  bool bias = true;
  bool as_convolution = false;  ///< the weight is that of a 1 x 1 convolution: out x in x 1 x 1
  Init init = Init::zeros();
  Init bias_init = Init::zeros();
};

/// y = x W^T + b over the last dimension.
class Linear {
 public:
  Linear(const Builder& at, const LinearSettings& settings);
  /// The layer that makes outputs first to first + count - 1 of this one.
  Linear outputs(std::int64_t first, std::int64_t count) const;
  at::Tensor operator()(const at::Tensor& x, const Pass& pass);
  /// From now on each output is multiplied by its entry of `factors` (1-D, float32): layer scale. Call before the first
  /// use.
  void scale_outputs(const at::Tensor& factors);

 private:
  at::ScalarType precision_;
  at::Tensor weight_;           ///< as loaded; rounded at first use
  at::Tensor bias_;             ///< may be undefined
  prepacked::Matrix forward_;   ///< made at first use
  prepacked::Matrix backward_;  ///< W^T
};

// Steps without parameters, by the pass's rules where it has some: of any shape, a and b of the same, but for max_pool,
// which takes N x C x H x W.

at::Tensor activate(const at::Tensor& x, Activation activation, const Pass& pass);
at::Tensor add(const at::Tensor& a, const at::Tensor& b, const Pass& pass);
at::Tensor max_pool(const at::Tensor& x, std::int64_t side, std::int64_t stride, std::int64_t padding,
                    const Pass& pass);
/// `pool`: any average over cells.
template <typename Pool>
at::Tensor average(const at::Tensor& x, const Pass& pass, const Pool& pool) {
  return pass.rules() != nullptr ? pass.rules()->average(x, pool) : pool(x);
}
/// Mean over rows and columns: N x C x H x W -> N x C.
at::Tensor global_average(const at::Tensor& x, const Pass& pass);

}  // namespace sightline::models
