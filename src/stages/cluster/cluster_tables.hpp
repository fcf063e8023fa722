#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "job/job_config.hpp"
#include "stages/cluster/cluster_input.hpp"

namespace sightline::stages {

/// A partition of a matrix' items.
struct FoundPartition {
  std::string name;                   ///< such as average_k2 or louvain_1.0
  std::vector<std::size_t> clusters;  ///< of each item, numbered from 0
  std::size_t cut = 0;                ///< the number of clusters that a tree was cut into; 0 = of a community search
};

/// What was found in a matrix.
struct Clusters {
  std::string summary;  ///< the matrix's lines of linkage_summary.csv
  std::vector<FoundPartition> partitions;
};

/// Clusters a dissimilarity matrix and writes tables to `folder`: trees with the bootstrap support of every merge, leaf
/// orders, flat clusters, communities with their quality, PCA and MDS. Throws base::Error(fault) when a file cannot be
/// written.
Clusters write_clusters(const job::JobConfig& config, const ClusterTable& table, const std::filesystem::path& folder);

}  // namespace sightline::stages
