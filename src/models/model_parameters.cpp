#include "models/model_parameters.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <set>

#include <ATen/ops/eye.h>
#include <ATen/ops/zeros.h>

#include "base/data_folder.hpp"
#include "base/error.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/text.hpp"

namespace sightline::models {
namespace {

namespace fs = std::filesystem;

/// The seed in a value such as "synthetic:7", or nullopt when `weights` does not start with the prefix.
std::optional<std::uint64_t> seed_after(const std::string& prefix, const std::string& weights) {
  if (weights.rfind(prefix, 0) != 0) {
    return std::nullopt;
  }
  const auto seed = base::parse_integer(weights.substr(prefix.size()));
  if (!seed || *seed < 0) {
    throw base::usage_error("weights: '{}' should be {}SEED with a whole number of at least 0", weights, prefix);
  }
  return static_cast<std::uint64_t>(*seed);
}

fs::path weights_file(const std::string& weights, const ModelSpec& spec) {
  fs::path given(weights);
  if (base::is_file(given)) {
    const auto ending = given.extension().string();
    if (ending == ".pth" || ending == ".pt" || ending == ".bin") {
      throw base::input_error(
          "{}: Sightline reads safetensors only. Convert it once: {} {} --model {} --output {}.safetensors", weights,
          base::script_command("models/convert_weights.py"), weights, spec.id, spec.id);
    }
    return given;
  }
  auto file = given / (spec.id + ".safetensors");
  if (!base::is_file(file)) {
    throw base::input_error("{}: the weights of {} are missing. On a machine with a network: {} {} --to {}",
                            file.string(), spec.id, base::script_command("models/fetch_weights.py"), spec.id,
                            given.string());
  }
  return file;
}

/// Passes the parameters of `inner` on, and stores them in `tensors`.
class CollectedParameters : public ParameterSource {
 public:
  CollectedParameters(ParameterSource& inner, NamedTensors& tensors) : inner_(inner), tensors_(tensors) {}

  at::Tensor take(const std::string& name, at::IntArrayRef shape, const Init& init) override {
    return tensors_[name] = inner_.take(name, shape, init);
  }
  std::optional<std::int64_t> classes(const std::string& classifier) const override {
    return inner_.classes(classifier);
  }
  void finish() override { inner_.finish(); }

 private:
  ParameterSource& inner_;
  NamedTensors& tensors_;
};

/// See feature_parameters.
class FeatureParameters : public ParameterSource {
 public:
  FeatureParameters(std::unique_ptr<ParameterSource> inner, std::string classifier, std::int64_t features)
      : inner_(std::move(inner)), classifier_(std::move(classifier)), features_(features) {}

  at::Tensor take(const std::string& name, at::IntArrayRef shape, const Init& init) override {
    if (name == classifier_ + ".weight") {
      inner_->take(name, {classes_, features_}, init);  // takes it, so that finish() does not report it as unused
      return at::eye(features_);
    }
    if (name == classifier_ + ".bias") {
      inner_->take(name, {classes_}, init);
      return at::zeros(shape);
    }
    return inner_->take(name, shape, init);
  }

  std::optional<std::int64_t> classes(const std::string& classifier) const override {
    classes_ = inner_->classes(classifier).value_or(classes_);
    return features_;
  }

  void finish() override { inner_->finish(); }

 private:
  std::unique_ptr<ParameterSource> inner_;
  std::string classifier_;
  std::int64_t features_;
  mutable std::int64_t classes_ = 1000;  ///< of the inner source
};

/// See cascading_parameters.
class CascadingParameters : public ParameterSource {
 public:
  CascadingParameters(std::unique_ptr<ParameterSource> inner, std::uint64_t seed, std::set<std::string> modules)
      : inner_(std::move(inner)), random_(random_parameters(seed)), modules_(std::move(modules)) {}

  at::Tensor take(const std::string& name, at::IntArrayRef shape, const Init& init) override {
    auto tensor = inner_->take(name, shape, init);  // taken in any case, so that finish() does not report it as unused
    return modules_.count(module_of(name)) == 0 ? tensor : random_->take(name, shape, init);
  }
  std::optional<std::int64_t> classes(const std::string& classifier) const override {
    return inner_->classes(classifier);
  }
  void finish() override { inner_->finish(); }

  static std::string module_of(const std::string& name) {
    return name.substr(0, std::min(name.rfind('.'), name.size()));
  }

 private:
  std::unique_ptr<ParameterSource> inner_;
  std::unique_ptr<ParameterSource> random_;
  std::set<std::string> modules_;  ///< whose weights are random
};

/// Finds the module whose number of classes a network asks for while it is built.
class ClassifierFinder : public ParameterSource {
 public:
  at::Tensor take(const std::string& name, at::IntArrayRef shape, const Init& init) override {
    return shapes_->take(name, shape, init);
  }
  std::optional<std::int64_t> classes(const std::string& classifier) const override {
    found = classifier;
    return std::nullopt;
  }
  mutable std::string found;

 private:
  std::vector<ParameterFact> facts_;
  std::unique_ptr<ParameterSource> shapes_ = recording_parameters(facts_);
};

}  // namespace

std::unique_ptr<ParameterSource> open_parameters(const std::string& weights, const ModelSpec& spec) {
  if (!spec.file.empty()) {
    return no_parameters();
  }
  std::unique_ptr<ParameterSource> source;
  if (const auto seed = seed_after("synthetic:", weights)) {
    source = synthetic_parameters(*seed, spec.gains);
  } else if (const auto other = seed_after("random:", weights)) {
    source = random_parameters(*other);
  } else {
    source = file_parameters(weights_file(weights, spec), spec.allow_nonfinite_weights);
  }
  return spec.random_share > 0.0 ? cascading_parameters(std::move(source), spec) : std::move(source);
}

std::string parameters_identity(const std::string& weights, const ModelSpec& spec) {
  if (!spec.file.empty()) {
    return base::sha256_of_file(spec.file);
  }
  const bool formula = seed_after("synthetic:", weights) || seed_after("random:", weights);
  const auto identity = formula ? weights : base::sha256_of_file(weights_file(weights, spec));
  return spec.random_share > 0.0
             ? fmt::format("{}, random:{} for {} of the layers", identity, spec.random_seed, spec.random_share)
             : identity;
}

std::string classifier_of(const ModelSpec& spec) {
  ClassifierFinder finder;
  const Model model(spec, finder, {at::kMeta});
  if (finder.found.empty()) {
    throw base::usage_error("{}: the classifier of a TorchScript model cannot be replaced", spec.id);
  }
  return finder.found;
}

std::unique_ptr<ParameterSource> cascading_parameters(std::unique_ptr<ParameterSource> inner, const ModelSpec& spec) {
  std::vector<std::string> modules;  // in the order of the model
  for (const auto& fact : list_parameters(spec).parameters) {
    const auto module = CascadingParameters::module_of(fact.name);
    if (std::find(modules.begin(), modules.end(), module) == modules.end()) {
      modules.push_back(module);
    }
  }
  const auto random = std::ceil(spec.random_share * static_cast<double>(modules.size()));
  const auto first = modules.end() - std::min(static_cast<std::ptrdiff_t>(random), std::ssize(modules));
  return std::make_unique<CascadingParameters>(std::move(inner), spec.random_seed,
                                               std::set<std::string>(first, modules.end()));
}

std::unique_ptr<ParameterSource> feature_parameters(std::unique_ptr<ParameterSource> inner, const ModelSpec& spec) {
  const auto classifier = classifier_of(spec);
  const auto all = list_parameters(spec).parameters;
  const auto weight = std::find_if(all.begin(), all.end(),
                                   [&](const ParameterFact& fact) { return fact.name == classifier + ".weight"; });
  return std::make_unique<FeatureParameters>(std::move(inner), classifier, weight->shape[1]);
}

NamedTensors load_parameters(ParameterSource& source, const ModelSpec& spec) {
  NamedTensors tensors;
  CollectedParameters collected(source, tensors);
  const Model model(spec, collected);
  return tensors;
}

}  // namespace sightline::models
