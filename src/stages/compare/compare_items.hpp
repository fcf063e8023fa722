#pragma once

#include "comm/communicator.hpp"
#include "job/job_config.hpp"
#include "stages/compare/comparison_input.hpp"
#include "stages/compare/comparison_result.hpp"

namespace sightline::stages {

/// collective. Compares every pair of the input's items on every image by all metrics of --compare.metrics. Each rank
/// computes a contiguous block of the images; then the ranks exchange the values, so that each has all images of its
/// pairs (share_pairs), and the root gets the sums. Warns of maps that are missing, not finite or blank. Throws
/// base::Error(stopped) after a signal.
MethodComparison compare_items(const comm::Communicator& ranks, const job::JobConfig& config,
                               const ComparisonInput& input);

}  // namespace sightline::stages
