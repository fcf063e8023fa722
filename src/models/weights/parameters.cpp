#include "models/weights/parameters.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/ops/empty.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/sum.h>
#include <ATen/ops/zeros.h>

#include "base/error.hpp"
#include "base/random.hpp"
#include "base/text.hpp"
#include "models/weights/safetensors.hpp"

namespace sightline::models {
namespace {

std::string shape_text(at::IntArrayRef shape) {
  return fmt::format("[{}]", fmt::join(shape.vec(), ", "));
}

class FileParameters : public ParameterSource {
 public:
  FileParameters(const std::filesystem::path& path, bool allow_nonfinite)
      : file_(path), allow_nonfinite_(allow_nonfinite) {}

  at::Tensor take(const std::string& name, at::IntArrayRef shape, const Init& /*init*/) override {
    used_.insert(name);
    if (!file_.contains(name)) {
      mistakes_.push_back(fmt::format("'{}' {} is missing", name, shape_text(shape)));
      return at::zeros({1}).expand(shape);
    }
    if (const auto found = file_.shape(name); at::IntArrayRef(found) != shape) {
      mistakes_.push_back(
          fmt::format("'{}' has the shape {}, the model needs {}", name, shape_text(found), shape_text(shape)));
      return at::zeros({1}).expand(shape);
    }
    auto tensor = file_.tensor(name);
    if (const auto count = allow_nonfinite_ ? 0 : count_nonfinite(tensor); count > 0) {
      nonfinite_.push_back(fmt::format("'{}' ({} of {})", name, count, tensor.numel()));
    }
    return tensor;
  }

  std::optional<std::int64_t> classes(const std::string& classifier) const override {
    const auto name = classifier + ".weight";
    const auto shape = file_.contains(name) ? file_.shape(name) : std::vector<std::int64_t>();
    const bool matrix = shape.size() == 2 && shape[0] > 0 && shape[1] > 0;
    return matrix ? std::optional(shape[0]) : std::nullopt;
  }

  void finish() override {
    for (const auto& name : file_.names()) {
      if (used_.count(name) == 0 && !is_buffer(name)) {
        mistakes_.push_back(
            fmt::format("'{}' {} is not a parameter of this model", name, shape_text(file_.shape(name))));
      }
    }
    if (!mistakes_.empty()) {
      throw base::input_error("{}: these weights are not for this model: {}", file_.path().string(),
                              first_of(mistakes_));
    }
    if (!nonfinite_.empty()) {
      throw base::input_error("{}: values are NaN or infinite in {}; --allow-nonfinite-weights on takes them",
                              file_.path().string(), first_of(nonfinite_));
    }
  }

 private:
  /// The first texts in one line, and the number of the others.
  static std::string first_of(std::vector<std::string> texts) {
    constexpr std::size_t shown = 5;
    const auto total = texts.size();
    texts.resize(std::min(total, shown));
    return base::join(texts, "; ") + (total > shown ? fmt::format("; and {} more", total - shown) : "");
  }

  /// Whether a key is a buffer that files may have besides the parameters: a counter, or a table that follows from the
  /// architecture.
  static bool is_buffer(const std::string& name) {
    return name.ends_with("num_batches_tracked") || name.ends_with("relative_position_index") ||
           name.ends_with("attn_mask");
  }

  SafetensorsFile file_;
  std::set<std::string> used_;
  bool allow_nonfinite_;
  std::vector<std::string> mistakes_;   ///< missing, misshapen and unused keys
  std::vector<std::string> nonfinite_;  ///< parameters with values that are NaN or infinite
};

class SyntheticParameters : public ParameterSource {
 public:
  SyntheticParameters(std::uint64_t seed, SyntheticGains gains) : seed_(seed), gains_(gains) {}

  at::Tensor take(const std::string& name, at::IntArrayRef shape, const Init& /*init*/) override {
    auto tensor = at::empty(shape);
    const auto [offset, factor] = rule(name, tensor);
    const base::NumberStream stream(name, seed_);
    float* values = tensor.mutable_data_ptr<float>();
    for (std::int64_t i = 0; i < tensor.numel(); ++i) {
      values[i] = static_cast<float>(value(offset, factor, stream.uniform(static_cast<std::uint64_t>(i))));
    }
    return tensor;
  }

 private:
  enum class Offset { half_up, half_down, three_quarters, one, gate, symmetric };
  struct Rule {
    Offset offset;
    double amplitude = 0.0;
  };

  Rule rule(const std::string& name, const at::Tensor& tensor) const {
    const auto ends = [&](std::string_view tail) { return name.ends_with(tail); };
    if (ends("running_var")) {
      return {Offset::half_up};
    }
    if (ends("running_mean") || ends("grn.weight") || ends("grn.bias")) {
      return {Offset::half_down};
    }
    if (ends(".se.conv_expand.bias")) {
      return {Offset::gate};
    }
    const bool squeeze = tensor.dim() == 4 && name.find(".se.") != std::string::npos;
    if (tensor.dim() == 1 && ends("weight")) {
      return {Offset::three_quarters};
    }
    if (squeeze || (tensor.dim() >= 2 && ends("weight"))) {
      const double fan_in = static_cast<double>(tensor.numel()) / static_cast<double>(tensor.size(0));
      const double gain = squeeze ? 0.2 : tensor.dim() == 4 ? gains_.conv : gains_.linear;
      return {Offset::symmetric, std::sqrt(3.0 * gain / fan_in)};
    }
    return {ends("gamma") ? Offset::one : Offset::half_down};
  }

  static double value(Offset offset, double amplitude, double u) {
    switch (offset) {
      case Offset::half_up:
        return 0.5 + u;
      case Offset::half_down:
        return 0.2 * (u - 0.5);
      case Offset::three_quarters:
        return 0.75 + 0.5 * u;
      case Offset::one:
        return 1.0 + 0.2 * (u - 0.5);
      case Offset::gate:
        return 2.0 + 0.2 * (u - 0.5);
      case Offset::symmetric:
        break;
    }
    return (2.0 * u - 1.0) * amplitude;
  }

  std::uint64_t seed_;
  SyntheticGains gains_;
};

class RandomParameters : public ParameterSource {
 public:
  explicit RandomParameters(std::uint64_t seed) : seed_(seed) {}

  at::Tensor take(const std::string& name, at::IntArrayRef shape, const Init& init) override {
    auto tensor = at::empty(shape);
    const base::NumberStream stream("random." + name, seed_);
    float* values = tensor.mutable_data_ptr<float>();
    for (std::int64_t i = 0; i < tensor.numel(); ++i) {
      const auto index = static_cast<std::uint64_t>(i);
      values[i] =
          static_cast<float>(init.kind == Init::Kind::constant ? init.scale
                             : init.kind == Init::Kind::normal ? init.scale * stream.normal(index)
                                                               : init.scale * (2.0 * stream.uniform(index) - 1.0));
    }
    return tensor;
  }

 private:
  std::uint64_t seed_;
};

class GivenParameters : public ParameterSource {
 public:
  explicit GivenParameters(const NamedTensors& tensors) : tensors_(tensors) {}

  at::Tensor take(const std::string& name, at::IntArrayRef /*shape*/, const Init& /*init*/) override {
    return tensors_.at(name);
  }
  std::optional<std::int64_t> classes(const std::string& classifier) const override {
    return tensors_.at(classifier + ".weight").size(0);
  }

 private:
  const NamedTensors& tensors_;
};

class NoParameters : public ParameterSource {
 public:
  at::Tensor take(const std::string& name, at::IntArrayRef /*shape*/, const Init& /*init*/) override {
    throw base::fault("the parameter '{}' was requested of a source for models that have their own parameters", name);
  }
};

class RecordingParameters : public ParameterSource {
 public:
  explicit RecordingParameters(std::vector<ParameterFact>& facts) : facts_(facts) {}

  at::Tensor take(const std::string& name, at::IntArrayRef shape, const Init& /*init*/) override {
    facts_.push_back({name, shape.vec()});
    return at::empty(shape, at::TensorOptions().device(at::kMeta));
  }

 private:
  std::vector<ParameterFact>& facts_;
};

}  // namespace

std::int64_t count_nonfinite(const at::Tensor& values) {
  // A sum that is finite has finite terms; only if it is not, the terms have to be looked at one by one.
  if (std::isfinite(values.sum().item<double>())) {
    return 0;
  }
  return values.numel() - at::isfinite(values).sum().item<std::int64_t>();
}

std::unique_ptr<ParameterSource> file_parameters(const std::filesystem::path& file, bool allow_nonfinite) {
  return std::make_unique<FileParameters>(file, allow_nonfinite);
}

std::unique_ptr<ParameterSource> synthetic_parameters(std::uint64_t seed, SyntheticGains gains) {
  return std::make_unique<SyntheticParameters>(seed, gains);
}

std::unique_ptr<ParameterSource> random_parameters(std::uint64_t seed) {
  return std::make_unique<RandomParameters>(seed);
}

std::unique_ptr<ParameterSource> given_parameters(const NamedTensors& tensors) {
  return std::make_unique<GivenParameters>(tensors);
}

std::unique_ptr<ParameterSource> no_parameters() {
  return std::make_unique<NoParameters>();
}

std::unique_ptr<ParameterSource> recording_parameters(std::vector<ParameterFact>& facts) {
  return std::make_unique<RecordingParameters>(facts);
}

}  // namespace sightline::models
