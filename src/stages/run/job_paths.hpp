#pragma once

#include <filesystem>

#include "job/job_config.hpp"

namespace sightline::stages {

/// The store that compare and report read.
std::filesystem::path explanations_file(const job::JobConfig& config);

/// Where the job explains to: --output, or with --part K/N a folder of its own below it, parts/K-of-N.
std::filesystem::path part_folder(const job::JobConfig& config);

}  // namespace sightline::stages
