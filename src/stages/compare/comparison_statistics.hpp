#pragma once

#include <cstddef>

#include "comm/communicator.hpp"
#include "job/job_config.hpp"
#include "stages/compare/comparison_result.hpp"

namespace sightline::stages {

/// collective. Adds the bootstrap intervals of every cell and the differences between cells (--compare.resamples > 0).
/// The ranks share the resampling; the bits do not depend on their number. Since the number of pairs of cells grows
/// with the fourth power of the number of models, differences are computed for at most `max_models_for_differences`
/// models. `result`: on the root; elsewhere it has methods without metrics. Throws base::Error(stopped) after a signal.
void add_bootstrap(const comm::Communicator& ranks, const job::JobConfig& config, ComparisonResult& result);
inline constexpr std::size_t max_models_for_differences = 20;

/// Root only. Adds the other statistics that the job's compare.* options ask for: the image-count experiment (errors of
/// the matrices of subsets of the images), the correlation with agreement, and Mantel's test between the matrices of
/// methods and metrics. Throws base::Error(stopped) after a signal.
void add_statistics(const job::JobConfig& config, ComparisonResult& result);

}  // namespace sightline::stages
