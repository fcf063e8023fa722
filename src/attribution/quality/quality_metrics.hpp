#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attribution/method.hpp"

/// The registry of quality metrics: measures of how far a map agrees with what the model does, or with where the target
/// is. A new quality metric is a file and a line in quality_metrics.def.
namespace sightline::attribution {

/// Where the target class lies in an image that is cut into rows x columns tiles, as mosaics are.
struct TargetTiles {
  std::int64_t rows = 1;
  std::int64_t columns = 1;
  std::vector<bool> is_target;  ///< by tile, row by row
};

/// A batch of images whose maps are judged.
struct JudgedBatch {
  Subject& subject;                ///< must outlive what is made of the batch
  std::int64_t steps = 0;          ///< --focus.steps: steps of a curve, which has one point more, or sets of each size
  std::vector<TargetTiles> tiles;  ///< by image
};

/// Judges the maps of one method for the batch: N x H x W, float32, as relevance_of_pixels gives them. Returns one
/// number per image; NaN where the metric is undefined.
using Judge = std::function<std::vector<double>(const at::Tensor& relevance)>;

/// One row of the registry.
struct QualityMetric {
  std::string name;          ///< as in --focus.metrics, stores and tables
  bool low_is_good = false;  ///< otherwise a larger number means a better map
  std::string cost;          ///< in model passes, for the help text
  /// The judge of one batch. It asks the model for nothing before it gets a map, and may keep what all maps of the
  /// batch share.
  std::function<Judge(const JudgedBatch&)> begin;
};

#define QUALITY_METRIC(name) QualityMetric name();
#include "attribution/quality/quality_metrics.def"
#undef QUALITY_METRIC

/// All quality metrics, in the order of quality_metrics.def.
const std::vector<QualityMetric>& quality_metrics();

/// The metric of that name. Throws base::Error(usage) with the nearest name when there is none.
const QualityMetric& find_quality_metric(const std::string& name);

/// A method's maps with one number per input pixel: N x H x W, float32, on the CPU. Grids are upsampled bilinearly
/// (half-pixel centres); every pixel of a superpixel gets the superpixel's value. values: Maps::values of `method` for
/// the subject.
at::Tensor relevance_of_pixels(const Method& method, const at::Tensor& values, Subject& subject);

}  // namespace sightline::attribution
