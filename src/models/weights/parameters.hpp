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

/// How timm initialises a parameter: for `random:SEED`.
struct Init {
  enum class Kind { constant, normal, uniform };
  Kind kind = Kind::constant;
  double scale = 0.0;  ///< the constant, the standard deviation, or the half-width of the interval around 0

  static Init zeros() { return {Kind::constant, 0.0}; }
  static Init ones() { return {Kind::constant, 1.0}; }
  static Init normal(double deviation) { return {Kind::normal, deviation}; }
  static Init uniform(double bound) { return {Kind::uniform, bound}; }
};

/// Where a model's parameters come from. A model asks for each by its timm name while it is built.
class ParameterSource {
 public:
  virtual ~ParameterSource() = default;
  /// A float32 tensor of that shape. May collect a mistake and return a placeholder; `finish` then throws.
  virtual at::Tensor take(const std::string& name, at::IntArrayRef shape, const Init& init) = 0;
  /// Output classes as this source knows them (a weights file by the classifier's shape).
  virtual std::optional<std::int64_t> classes(const std::string& /*classifier*/) const { return std::nullopt; }
  /// Call once the model is built. Throws Error(input) that lists every missing, misshapen and unused key.
  virtual void finish() {}
};

/// A safetensors file, strictly: every key used, every shape right (BatchNorm's counters and Swin's index tables may be
/// there and are ignored).
std::unique_ptr<ParameterSource> file_parameters(const std::filesystem::path& file);

/// "Synthetic weights v1": every element a closed formula of (tensor name, seed), see SyntheticGains.
/// Rules by name and rank: running_var 0.5 + u; running_mean, 1-D bias and the rest 0.2 (u - 0.5); squeeze-excite
/// expansion bias 2 + 0.2 (u - 0.5); gamma 1 + 0.2 (u - 0.5); other 1-D weights 0.75 + 0.5 u, but those of grn like
/// biases; weights of two and more dimensions (2u - 1) sqrt(3 gain / fan_in).
struct SyntheticGains {
  double conv = 2.0;
  double linear = 1.0;
};
std::unique_ptr<ParameterSource> synthetic_parameters(std::uint64_t seed, SyntheticGains gains);

/// timm's initialisation with counter-based random numbers keyed by (tensor name, seed).
std::unique_ptr<ParameterSource> random_parameters(std::uint64_t seed);

/// The parameters of a model by their timm names.
using NamedTensors = std::map<std::string, at::Tensor>;

/// Hands out tensors that exist, the very same: gradients reach them. `tensors` must outlive it.
std::unique_ptr<ParameterSource> given_parameters(const NamedTensors& tensors);

/// For networks that bring their own: asking it for a parameter is a mistake of the program.
std::unique_ptr<ParameterSource> no_parameters();

/// Shapes only, on LibTorch's meta device: for listing parameters without making any.
struct ParameterFact {
  std::string name;
  std::vector<std::int64_t> shape;
};
std::unique_ptr<ParameterSource> recording_parameters(std::vector<ParameterFact>& facts);

}  // namespace sightline::models
