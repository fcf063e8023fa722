#include "stages/compare/compared_items.hpp"

#include <map>

#include "base/error.hpp"
#include "base/text.hpp"
#include "comparison/metrics.hpp"
#include "stages/run/job_models.hpp"
#include "stages/run/mistakes.hpp"

namespace sightline::stages {
namespace {

using Comparisons = std::vector<std::vector<ComparedItem>>;

Comparisons models_by_method(const std::vector<std::string>& methods, const std::vector<std::string>& models) {
  Comparisons all;
  for (const auto& method : methods) {
    auto& items = all.emplace_back();
    for (std::size_t row = 0; row < models.size(); ++row) {
      items.push_back({models[row], method, models[row], row});
    }
  }
  return all;
}

Comparisons methods_by_model(const std::vector<std::string>& methods, const std::vector<std::string>& models) {
  Comparisons all;
  for (std::size_t row = 0; row < models.size(); ++row) {
    auto& items = all.emplace_back();
    for (const auto& method : methods) {
      items.push_back({models[row], method, method, row});
    }
  }
  return all;
}

/// METHOD@LAYER, or METHOD for the layer of --gradcam.layer. METHOD@PARAMETER=VALUE is a method without layers.
struct LayerOfMethod {
  std::string method;
  std::string layer = "default";

  explicit LayerOfMethod(const std::string& name) : method(name) {
    if (const auto at = name.find('@'); at != std::string::npos && name.find('=') == std::string::npos) {
      method = name.substr(0, at);
      layer = name.substr(at + 1);
    }
  }
};

Comparisons depths_by_method(const std::vector<std::string>& methods, const std::vector<std::string>& models) {
  std::vector<std::string> names;                          // in the order in which they come first
  std::map<std::string, std::vector<std::string>> layers;  // by name: the methods that differ by their layer
  for (const auto& method : methods) {
    const auto name = LayerOfMethod(method).method;
    if (layers[name].empty()) {
      names.push_back(name);
    }
    layers[name].push_back(method);
  }
  std::erase_if(names, [&](const std::string& name) { return layers.at(name).size() < 2; });
  if (names.empty()) {
    throw base::usage_error(
        "compare.across: depths needs a method with several layers, and --methods names {}; name for example "
        "gradcam@0.5,gradcam@1, and 'sightline attribute' with them before",
        base::join(methods, ","));
  }
  Comparisons all;
  for (const auto& name : names) {
    auto& items = all.emplace_back();
    for (std::size_t row = 0; row < models.size(); ++row) {
      for (const auto& method : layers.at(name)) {
        items.push_back({models[row], method, models[row] + "@" + LayerOfMethod(method).layer, row});
      }
    }
  }
  return all;
}

}  // namespace

std::vector<std::string> models_to_compare(const job::JobConfig& config, const std::filesystem::path& file) {
  const auto store = store::Explanations::open_to_read(file);
  std::vector<std::string> mistakes;
  collect(mistakes, [&] { comparison::make_metrics(config.compare.metrics, config); });
  std::vector<std::string> names;
  for (const auto& spec : resolve_models(config, mistakes)) {
    names.push_back(spec->label());
  }
  if (!mistakes.empty()) {
    throw base::usage_error("{}", base::join(mistakes, "\n  "));
  }
  const auto models = config.models.names.empty() ? store.models() : names;
  if (models.empty()) {
    throw base::input_error("{}: holds no model; run 'sightline attribute' first", file.string());
  }
  return models;
}

std::vector<std::vector<ComparedItem>> comparisons(const job::JobConfig& config,
                                                   const std::vector<std::string>& models) {
  switch (config.compare.across) {
    case job::Across::models:
      return models_by_method(config.explain.methods, models);
    case job::Across::methods:
      return methods_by_model(config.explain.methods, models);
    case job::Across::depths:
      return depths_by_method(config.explain.methods, models);
  }
  return {};
}

std::string name_of_comparison(const job::JobConfig& config, const std::vector<ComparedItem>& items) {
  switch (config.compare.across) {
    case job::Across::models:
      return items.front().method;
    case job::Across::methods:
      return items.front().model;
    case job::Across::depths:
      return LayerOfMethod(items.front().method).method;
  }
  return "";
}

}  // namespace sightline::stages
