#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/csv.hpp"
#include "job/job_config.hpp"

namespace sightline::stages {

/// A dissimilarity matrix and, where the per-image similarities are at hand, the same from resampled images.
struct ClusterTable {
  std::string name;  ///< of the tables made from it
  base::NamedMatrix matrix;
  std::vector<std::vector<double>> resampled = {};  ///< row-major like the matrix; empty = not known
};

/// What `cluster` is to work on: the files named (square CSVs, comparison.h5), or without any the comparison.h5 of
/// `output`, or its tables. Similarities S become 1 - S, as --cluster.kind says or the file's name tells. Throws
/// base::Error(input) for what is missing or no matrix.
std::vector<ClusterTable> read_cluster_tables(const job::JobConfig& config,
                                              const std::vector<std::filesystem::path>& files);

}  // namespace sightline::stages
