#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "attribution/quality/faithfulness.hpp"
#include "focus/mosaic.hpp"

namespace sightline::stages {

/// Maps of a batch of mosaics that are to be judged.
struct JudgedMaps {
  attribution::Subject& subject;
  const at::Tensor& relevance;  ///< N x H x W: see attribution::relevance_of_pixels
  const focus::MosaicSet& set;
  std::size_t first = 0;                                  ///< the batch's first mosaic in the set
  std::int64_t steps = 0;                                 ///< --focus.steps
  std::optional<attribution::SensitivityN>& sensitivity;  ///< of the subject, once a map asks for it
};

/// What --focus.metrics can ask for besides the Focus score.
struct QualityMetric {
  std::string name;
  bool low_is_good = false;
  std::function<std::vector<double>(const JudgedMaps&)> judge;  ///< one number a mosaic; NaN = undefined
};

/// One row for each metric.
const std::vector<QualityMetric>& quality_metrics();
/// Throws base::Error(usage) with the nearest name.
const QualityMetric& find_quality_metric(const std::string& name);

}  // namespace sightline::stages
