#pragma once

#include "comm/communicator.hpp"
#include "job/job_config.hpp"
#include "stages/compare/comparison_input.hpp"
#include "stages/compare/comparison_result.hpp"

namespace sightline::stages {

/// collective. Compares every pair of the input's items on every image by all metrics of --compare.metrics. Each rank
/// computes a contiguous block of the images; the root gathers the values of each image and reduces the sums. On other
/// ranks the result has no metrics. Warns of maps that are missing, not finite or blank. Throws base::Error(stopped)
/// after a signal.
MethodComparison compare_items(const comm::Communicator& ranks, const job::JobConfig& config,
                               const ComparisonInput& input);

}  // namespace sightline::stages
