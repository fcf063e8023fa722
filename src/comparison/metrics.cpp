#include "comparison/metrics.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/error.hpp"
#include "base/find_named.hpp"

namespace sightline::comparison {

Metrics make_metrics(const std::vector<std::string>& names, const MetricOptions& options) {
  // A new metric: one line here.
  using NamedMetric = std::pair<std::string, Metrics (*)(const MetricOptions&)>;
  static const std::vector<NamedMetric> known = {
      {"cosine", &cosine},     {"rbf", &rbf},           {"kappa", &kappa}, {"ssim", &ssim},
      {"spearman", &spearman}, {"topk_iou", &topk_iou}, {"emd", &emd},
  };
  Metrics chosen;
  for (const auto& name : names) {
    const auto& metric = base::find_named(known, name, &NamedMetric::first, [](const base::UnknownName& unknown) {
      return base::usage_error("compare.metrics: {}", unknown.not_one_of());
    });
    auto made = metric.second(options);
    std::move(made.begin(), made.end(), std::back_inserter(chosen));
  }
  return chosen;
}

bool any_needs_pixels(const Metrics& metrics) {
  return std::any_of(metrics.begin(), metrics.end(), [](const auto& metric) { return metric->needs_pixels(); });
}

}  // namespace sightline::comparison
