#pragma once

#include <cstddef>

#include "comm/communicator.hpp"
#include "job/job_config.hpp"
#include "stages/compare/comparison_result.hpp"

namespace sightline::stages {

/// collective. Adds the bootstrap intervals of every cell and the differences between cells (--compare.resamples > 0).
/// Each rank resamples its pairs; the bits do not depend on the number of ranks. Since the number of pairs of cells
/// grows with the fourth power of the number of models, differences are computed for at most
/// `max_models_for_differences` models. Throws base::Error(stopped) after a signal.
void add_bootstrap(const comm::Communicator& ranks, const job::JobConfig& config, ComparisonResult& result);
inline constexpr std::size_t max_models_for_differences = 20;

/// collective. Adds the image-count experiment (--compare.subsets > 0): the errors of the matrices of subsets of the
/// images. Each rank takes its pairs; the bits do not depend on the number of ranks. Throws base::Error(stopped) after
/// a signal.
void add_subset_errors(const comm::Communicator& ranks, const job::JobConfig& config, ComparisonResult& result);

/// Root only. Adds the correlation with agreement, and Mantel's test between the matrices of methods and metrics
/// (--compare.permutations > 0). Throws base::Error(stopped) after a signal.
void add_statistics(const job::JobConfig& config, ComparisonResult& result);

}  // namespace sightline::stages
