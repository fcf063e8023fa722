#pragma once

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "comparison/metric.hpp"
#include "job/parameters.hpp"

/// The registry of similarity metrics. A new metric is a file and a line in metrics.def.
namespace sightline::comparison {

/// One or more metrics of one kind: several when a parameter lists several values.
using Metrics = std::vector<std::unique_ptr<Metric>>;

/// A list of the one metric M(arguments...).
template <typename M, typename... Arguments>
Metrics one_metric(Arguments&&... arguments) {
  Metrics made;
  made.push_back(std::make_unique<M>(std::forward<Arguments>(arguments)...));
  return made;
}

/// One row of the registry.
struct MetricSpec {
  std::string name;  ///< as in --compare.metrics
  /// The metric's own parameters: each is an option --compare.NAME.
  std::vector<job::Parameter> parameters = {};
  std::function<Metrics(const job::ParameterValues&)> build = {};
};

#define METRIC(name) MetricSpec name();
#include "comparison/metrics.def"
#undef METRIC

/// All metrics, in the order of metrics.def.
const std::vector<MetricSpec>& all_metrics();

/// The metrics called `names`, with the job's parameters. Throws base::Error(usage) with the nearest name when there is
/// none of that name.
Metrics make_metrics(const std::vector<std::string>& names, const job::JobConfig& job);

/// Whether one of the metrics reads ImageMaps::pixels.
bool any_needs_pixels(const Metrics& metrics);

}  // namespace sightline::comparison
