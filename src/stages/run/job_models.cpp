#include "stages/run/job_models.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "models/zoo/torchscript.hpp"
#include "stages/run/mistakes.hpp"

namespace sightline::stages {
namespace {

/// Replaces the names of groups by those of their members. What follows an `@` is appended to every member.
std::vector<std::string> expand_groups(const std::vector<std::string>& names) {
  std::vector<std::string> models;
  for (const auto& name : names) {
    const auto at = std::min(name.find('@'), name.size());
    const auto group = models::model_group(name.substr(0, at));
    for (const auto& member : group) {
      models.push_back(member + name.substr(at));
    }
    if (group.empty()) {
      models.push_back(name);
    }
  }
  return models;
}

/// The specification of a TorchScript file. Such a file does not say how its images are preprocessed, so the job has
/// to. Throws base::Error(usage) when it does not.
models::ModelSpec torchscript_spec(const std::string& file, const job::JobConfig& config) {
  if (config.models.input_size == 0 || config.models.mean.empty() || config.models.std.empty()) {
    throw base::usage_error("models: {} is a TorchScript file; give --input-size, --mean and --std of its images",
                            file);
  }
  models::ModelSpec spec;
  spec.input_size = spec.test_input_size = static_cast<int>(config.models.input_size);
  spec.crop_pct = config.models.crop_pct;
  spec.interpolation = config.models.interpolation == job::Interpolation::bilinear ? images::Interpolation::bilinear
                                                                                   : images::Interpolation::bicubic;
  std::copy_n(config.models.mean.begin(), 3, spec.mean.begin());
  std::copy_n(config.models.std.begin(), 3, spec.std.begin());
  spec.allow_nonfinite_weights = config.models.allow_nonfinite_weights;
  return models::torchscript_model(file, spec);
}

/// The specification of a model of the zoo, as the job wants it. Throws base::Error(usage) for an unknown name.
models::ModelSpec zoo_spec(const std::string& name, const job::JobConfig& config) {
  auto spec = models::find_model(name);
  spec.allow_nonfinite_weights = config.models.allow_nonfinite_weights;
  return spec;
}

/// The model `name` with `variant`, the text after the @. Throws base::Error(usage) unless it is random=SHARE.
std::shared_ptr<const models::ModelSpec> randomised_model(const std::string& name, const std::string& variant,
                                                          const job::JobConfig& config) {
  const std::string prefix = "random=";
  const auto share = variant.starts_with(prefix) ? base::parse_number(variant.substr(prefix.size())) : std::nullopt;
  if (!share || *share <= 0.0 || *share > 1.0) {
    throw base::usage_error(
        "models: '{}@{}': MODEL@random=SHARE has random weights in that share of its layers, above 0 and at most 1",
        name, variant);
  }
  auto spec = zoo_spec(name, config);
  spec.random_share = *share;
  spec.random_seed = config.seed;
  return std::make_shared<models::ModelSpec>(std::move(spec));
}

std::shared_ptr<const models::ModelSpec> find(const std::string& name, const job::JobConfig& config) {
  if (models::is_torchscript(name)) {
    return std::make_shared<models::ModelSpec>(torchscript_spec(name, config));
  }
  if (const auto at = name.find('@'); at != std::string::npos) {
    return randomised_model(name.substr(0, at), name.substr(at + 1), config);
  }
  return std::make_shared<models::ModelSpec>(zoo_spec(name, config));
}

}  // namespace

std::vector<std::shared_ptr<const models::ModelSpec>> resolve_models(const job::JobConfig& config,
                                                                     std::vector<std::string>& mistakes) {
  std::vector<std::shared_ptr<const models::ModelSpec>> specs;
  for (const auto& name : expand_groups(config.models.names)) {
    collect(mistakes, [&] {
      const auto spec = find(name, config);
      for (const auto& other : specs) {
        if (other->label() == spec->label()) {
          throw base::usage_error("models: '{}' is named twice", name);
        }
      }
      specs.push_back(spec);
    });
  }
  return specs;
}

}  // namespace sightline::stages
