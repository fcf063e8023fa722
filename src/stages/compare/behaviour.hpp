#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "comm/communicator.hpp"
#include "job/job_config.hpp"
#include "stages/compare/comparison_result.hpp"

namespace sightline::stages {

/// The name of the comparison of outputs, in the place of a method's.
inline constexpr auto behaviour = "behaviour";

/// Throws base::Error(usage) when a measure of --compare.behaviour is unknown, needs logits that the store `file` does
/// not have of one of the models, or labels that no image has, and when --compare.across is not models, since only
/// models have outputs.
void check_behaviour(const job::JobConfig& config, const std::filesystem::path& file,
                     const std::vector<std::string>& models, const std::vector<std::int32_t>& labels);

/// collective. The comparison of the models' outputs by every measure of --compare.behaviour, with which all statistics
/// go on as with a method's maps. `labels`: of the images, -1 = unknown. Throws base::Error(input) when the models have
/// different classes, and Error(stopped) after a signal.
MethodComparison compare_behaviour(const comm::Communicator& ranks, const job::JobConfig& config,
                                   const std::filesystem::path& file, const std::vector<std::string>& models,
                                   const Predictions& predictions, const std::vector<std::int32_t>& labels);

}  // namespace sightline::stages
