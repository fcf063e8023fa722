#include "comparison/metrics.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"

namespace sightline::comparison {

Metrics make_metrics(const std::vector<std::string>& names, const MetricOptions& options) {
  // A new metric: one line here.
  static const std::vector<std::pair<std::string, Metrics (*)(const MetricOptions&)>> known = {
      {"cosine", &cosine},     {"rbf", &rbf},           {"kappa", &kappa}, {"ssim", &ssim},
      {"spearman", &spearman}, {"topk_iou", &topk_iou}, {"emd", &emd},
  };
  std::vector<std::string> known_names;
  std::transform(known.begin(), known.end(), std::back_inserter(known_names),
                 [](const auto& row) { return row.first; });
  Metrics chosen;
  for (const auto& name : names) {
    const auto found = std::find(known_names.begin(), known_names.end(), name);
    if (found == known_names.end()) {
      throw base::usage_error("compare.metrics: '{}' is not one of {}.{}", name, base::join(known_names, ", "),
                              base::did_you_mean(name, known_names));
    }
    auto made = known[static_cast<std::size_t>(found - known_names.begin())].second(options);
    std::move(made.begin(), made.end(), std::back_inserter(chosen));
  }
  return chosen;
}

bool any_needs_pixels(const Metrics& metrics) {
  return std::any_of(metrics.begin(), metrics.end(), [](const auto& metric) { return metric->needs_pixels(); });
}

}  // namespace sightline::comparison
