#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

namespace sightline::models {

/// How timm initialises a parameter, for weights of the kind `random:SEED`.
struct Init {
  enum class Kind { constant, normal, uniform };
  Kind kind = Kind::constant;
  double scale = 0.0;  ///< the constant, the standard deviation, or the half-width of the interval around 0

  static Init zeros() { return {Kind::constant, 0.0}; }
  static Init ones() { return {Kind::constant, 1.0}; }
  static Init normal(double deviation) { return {Kind::normal, deviation}; }
  static Init uniform(double bound) { return {Kind::uniform, bound}; }
};

/// A source of parameters. A model takes each of its parameters by the timm name while it is built.
class ParameterSource {
 public:
  virtual ~ParameterSource() = default;
  /// The parameter `name` as a float32 tensor of the given shape on the CPU. If it is missing or has another shape, the
  /// source may note that, return a placeholder, and throw in `finish`. init: how timm initialises the parameter.
  virtual at::Tensor take(const std::string& name, at::IntArrayRef shape, const Init& init) = 0;
  /// The number of output classes of the module `classifier`, if this source knows it (a file does by the weight's
  /// shape).
  virtual std::optional<std::int64_t> classes(const std::string& /*classifier*/) const { return std::nullopt; }
  /// Call when the model is built. Throws base::Error(input) that lists the missing, misshapen and unused keys of a
  /// file.
  virtual void finish() {}
};

/// The number of values that are NaN or infinite.
std::int64_t count_nonfinite(const at::Tensor& values);

/// The parameters in a safetensors file. The file must have exactly the model's parameters with their shapes; only
/// BatchNorm's counters and Swin's index tables are ignored. Unless allow_nonfinite is set, parameters with values that
/// are NaN or infinite as float32 are refused like wrong shapes. Throws base::Error(input) for a file that cannot be
/// read.
std::unique_ptr<ParameterSource> file_parameters(const std::filesystem::path& file, bool allow_nonfinite = false);

/// The gains of synthetic weights by the kind of layer.
struct SyntheticGains {
  double conv = 2.0;    ///< for weights with four dimensions
  double linear = 1.0;  ///< for weights with two, three or more than four dimensions
};
/// "Synthetic weights v1": every element is a formula of a random number u in [0, 1) that depends on (tensor name,
/// index, seed). The formula depends on the tensor's name and rank:
/// - running_var: 0.5 + u
/// - gamma: 1 + 0.2 (u - 0.5)
/// - bias of a squeeze-and-excitation's expansion: 2 + 0.2 (u - 0.5)
/// - 1-D weights, except those of grn: 0.75 + 0.5 u
/// - weights with two and more dimensions: (2 u - 1) sqrt(3 gain / fan_in), where the gain is 0.2 for the convolutions
///   of a squeeze-and-excitation, and otherwise that of `gains`
/// - all others (biases, running_mean, grn): 0.2 (u - 0.5)
std::unique_ptr<ParameterSource> synthetic_parameters(std::uint64_t seed, SyntheticGains gains);

/// timm's initialisation with counter-based random numbers that are keyed by (tensor name, seed).
std::unique_ptr<ParameterSource> random_parameters(std::uint64_t seed);

/// The parameters of a model by their timm names.
using NamedTensors = std::map<std::string, at::Tensor>;

/// A source of existing tensors. It does not copy them, so that gradients reach them. `tensors` must outlive the
/// source.
std::unique_ptr<ParameterSource> given_parameters(const NamedTensors& tensors);

/// The source for networks that bring their own parameters. Taking one throws base::Error(fault).
std::unique_ptr<ParameterSource> no_parameters();

/// The name and shape of a parameter.
struct ParameterFact {
  std::string name;
  std::vector<std::int64_t> shape;
};
/// A source that appends each parameter to `facts`, and returns tensors on LibTorch's meta device, which have a shape
/// but no memory. `facts` must outlive it.
std::unique_ptr<ParameterSource> recording_parameters(std::vector<ParameterFact>& facts);

}  // namespace sightline::models
