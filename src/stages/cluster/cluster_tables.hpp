#pragma once

#include <filesystem>
#include <string>

#include "job/job_config.hpp"
#include "stages/cluster/cluster_input.hpp"

namespace sightline::stages {

/// Clusters a dissimilarity matrix and writes what is found to `folder`: trees with the support of every split, leaf
/// orders, cuts, communities with their quality, PCA and MDS. Returns its lines of linkage_summary.csv. Throws
/// base::Error(fault) when a file cannot be written.
std::string write_clusters(const job::JobConfig& config, const ClusterTable& table,
                           const std::filesystem::path& folder);

}  // namespace sightline::stages
