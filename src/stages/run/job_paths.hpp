#pragma once

#include <filesystem>

#include "job/job_config.hpp"

namespace sightline::stages {

/// The store that `compare` and `report` read: explanations.h5 in --compare.explanations, or in --output without it.
std::filesystem::path explanations_file(const job::JobConfig& config);

/// The folder that `attribute` writes to: --output, or OUTPUT/parts/K-of-N with --part K/N.
std::filesystem::path part_folder(const job::JobConfig& config);

}  // namespace sightline::stages
