#include "stages/compare/compared_items.hpp"

#include "base/error.hpp"
#include "base/text.hpp"
#include "comparison/metrics.hpp"
#include "stages/run/job_models.hpp"
#include "stages/run/mistakes.hpp"

namespace sightline::stages {

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
  std::vector<std::vector<ComparedItem>> all;
  if (config.compare.across == job::Across::models) {
    for (const auto& method : config.explain.methods) {
      auto& items = all.emplace_back();
      for (std::size_t row = 0; row < models.size(); ++row) {
        items.push_back({models[row], method, models[row], row});
      }
    }
    return all;
  }
  for (std::size_t row = 0; row < models.size(); ++row) {
    auto& items = all.emplace_back();
    for (const auto& method : config.explain.methods) {
      items.push_back({models[row], method, method, row});
    }
  }
  return all;
}

std::string name_of_comparison(const job::JobConfig& config, const std::vector<ComparedItem>& items) {
  return config.compare.across == job::Across::models ? items.front().method : items.front().model;
}

}  // namespace sightline::stages
