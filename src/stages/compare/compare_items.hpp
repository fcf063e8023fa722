#pragma once

#include "comm/communicator.hpp"
#include "job/job_config.hpp"
#include "stages/compare/comparison_input.hpp"
#include "stages/compare/comparison_result.hpp"

namespace sightline::stages {

/// collective. Compares every pair of the input's items image by image: each rank computes a block of the images, sums
/// are reduced and per-image values gathered on the root, where the result is meaningful. Warns of maps that are
/// missing, not finite or blank. Throws base::Error(stopped) after a signal.
MethodComparison compare_items(const comm::Communicator& ranks, const job::JobConfig& config,
                               const ComparisonInput& input);

}  // namespace sightline::stages
