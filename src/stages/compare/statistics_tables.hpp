#pragma once

#include <filesystem>

#include "job/job_config.hpp"
#include "stages/compare/comparison_result.hpp"

namespace sightline::stages {

/// The tables of what add_statistics found: pairs_*, cell_differences_*, image_count_*, image_count_cells_*,
/// images_needed, mantel, agreement and agreement_correlation, into the folder `tables`.
void write_statistics(const std::filesystem::path& tables, const job::JobConfig& config,
                      const ComparisonResult& result);

}  // namespace sightline::stages
