#include "comparison/metrics.hpp"

#include <algorithm>
#include <iterator>

#include "base/error.hpp"
#include "base/find_named.hpp"

namespace sightline::comparison {

const std::vector<MetricSpec>& all_metrics() {
  static const std::vector<MetricSpec> metrics = {
#define METRIC(name) name(),
#include "comparison/metrics.def"
#undef METRIC
  };
  return metrics;
}

Metrics make_metrics(const std::vector<std::string>& names, const job::JobConfig& job) {
  Metrics chosen;
  for (const auto& name : names) {
    const auto& spec = base::find_named(all_metrics(), name, &MetricSpec::name, [](const base::UnknownName& unknown) {
      return base::usage_error("compare.metrics: {}", unknown.not_one_of());
    });
    const job::ParameterValues parameters("compare", spec.parameters, job);
    if (spec.smallest_maps) {
      const auto smallest = spec.smallest_maps(parameters);
      if (job.compare.size < smallest.side) {
        throw base::usage_error("compare.size: {} is too small for {}, {}; give at least {}", job.compare.size, name,
                                smallest.reason, smallest.side);
      }
    }
    auto made = spec.build(parameters);
    std::move(made.begin(), made.end(), std::back_inserter(chosen));
  }
  return chosen;
}

bool any_needs_pixels(const Metrics& metrics) {
  return std::any_of(metrics.begin(), metrics.end(), [](const auto& metric) { return metric->needs_pixels(); });
}

}  // namespace sightline::comparison
