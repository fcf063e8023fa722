#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "base/csv.hpp"
#include "job/job_config.hpp"

namespace sightline::stages {

/// A dissimilarity matrix, and the same matrix from resampled images where the similarities of each image are known.
struct ClusterTable {
  std::string name;  ///< part of the names of the tables that are made from it, such as gradcam_cosine
  base::NamedMatrix matrix;
  std::vector<std::vector<double>> resampled = {};  ///< bootstrap replicates, row-major like the matrix; may be empty
};

/// Reads the matrices to cluster from `files`: square CSV files, or a comparison.h5 with all its matrices. Without
/// files it reads comparison.h5 in --output, or the matrices in OUTPUT/tables if there is none. A matrix of
/// similarities S is replaced by 1 - S; --cluster.kind, or the file's name, tells which it is. Throws
/// base::Error(input) when there is nothing to read or a file is not a matrix.
std::vector<ClusterTable> read_cluster_tables(const job::JobConfig& config,
                                              const std::vector<std::filesystem::path>& files);

}  // namespace sightline::stages
