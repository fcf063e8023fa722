#pragma once

#include <cstddef>

#include "job/job_config.hpp"
#include "stages/compare/comparison_result.hpp"

namespace sightline::stages {

/// Adds what the per-image similarities tell beyond means: bootstrap intervals of every cell, differences of cells
/// (up to `most_models_for_differences` models, since their number grows with the fourth power), the image-count
/// experiment, the correlation with agreement, and Mantel's test between the matrices of methods and metrics. As the
/// job's compare.* options say; root only.
void add_statistics(const job::JobConfig& config, ComparisonResult& result);
inline constexpr std::size_t most_models_for_differences = 20;

}  // namespace sightline::stages
