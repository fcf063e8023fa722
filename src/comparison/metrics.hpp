#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "comparison/metric.hpp"
#include "job/parameters.hpp"

/// The registry of similarity metrics. A new metric is a file and a line in metrics.def.
namespace sightline::comparison {

/// Metrics. One registry entry gives several if a parameter lists several values, such as rbf10 and rbf80.
using Metrics = std::vector<std::unique_ptr<Metric>>;

/// A list of the one metric M(arguments...).
template <typename M, typename... Arguments>
Metrics one_metric(Arguments&&... arguments) {
  Metrics made;
  made.push_back(std::make_unique<M>(std::forward<Arguments>(arguments)...));
  return made;
}

/// The smallest maps that a metric can compare.
struct SmallestMaps {
  std::int64_t side = 1;  ///< in pixels
  std::string reason;     ///< a clause for the message about smaller maps
};

/// One row of the registry.
struct MetricSpec {
  std::string name;  ///< as in --compare.metrics
  /// The metric's own parameters. Each of them is an option --compare.NAME.
  std::vector<job::Parameter> parameters = {};
  /// Makes the metrics for the values of these parameters.
  std::function<Metrics(const job::ParameterValues&)> build = {};
  /// The smallest maps for the values of these parameters; without this function, maps of any size.
  std::function<SmallestMaps(const job::ParameterValues&)> smallest_maps = {};
};

#define METRIC(name) MetricSpec name();
#include "comparison/metrics.def"
#undef METRIC

/// All metrics, in the order of metrics.def.
const std::vector<MetricSpec>& all_metrics();

/// The metrics with the given names and the job's parameters. Throws base::Error(usage), which offers the nearest name,
/// for an unknown name, and when --compare.size is smaller than a metric's smallest maps.
Metrics make_metrics(const std::vector<std::string>& names, const job::JobConfig& job);

/// Whether one of the metrics reads ImageMaps::pixels.
bool any_needs_pixels(const Metrics& metrics);

}  // namespace sightline::comparison
