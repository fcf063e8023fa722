#pragma once

#include <cstddef>

#include "job/job_config.hpp"
#include "stages/compare/comparison_result.hpp"

namespace sightline::stages {

/// Root only. Adds the statistics that the job's compare.* options ask for: bootstrap intervals of every cell,
/// differences between cells, the image-count experiment (errors of the matrices of subsets of the images), the
/// correlation with agreement, and Mantel's test between the matrices of methods and metrics. Since the number of pairs
/// of cells grows with the fourth power of the number of models, differences are computed for at most
/// `max_models_for_differences` models.
void add_statistics(const job::JobConfig& config, ComparisonResult& result);
inline constexpr std::size_t max_models_for_differences = 20;

}  // namespace sightline::stages
