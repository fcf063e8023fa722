#pragma once

#include <filesystem>
#include <string>

#include "job/job_config.hpp"
#include "stages/cluster/cluster_input.hpp"

namespace sightline::stages {

/// Clusters a dissimilarity matrix and writes tables to `folder`: trees with the bootstrap support of every merge, leaf
/// orders, flat clusters, communities with their quality, PCA and MDS. Returns the matrix's lines of
/// linkage_summary.csv. Throws base::Error(fault) when a file cannot be written.
std::string write_clusters(const job::JobConfig& config, const ClusterTable& table,
                           const std::filesystem::path& folder);

}  // namespace sightline::stages
