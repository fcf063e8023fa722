#pragma once

#include <filesystem>

#include "job/job_config.hpp"
#include "stages/compare/comparison_result.hpp"

namespace sightline::stages {

/// Writes the results of add_statistics into the folder `tables`: pairs_*, cell_differences_*, image_count_*,
/// image_count_cells_*, images_needed, floor_*, similarity_floor_*, mantel, agreement and agreement_correlation. A
/// table without rows is not written. Throws base::Error(fault) when a file cannot be written.
void write_statistics(const std::filesystem::path& tables, const job::JobConfig& config,
                      const ComparisonResult& result);

}  // namespace sightline::stages
