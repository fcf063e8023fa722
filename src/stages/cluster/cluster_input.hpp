#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/csv.hpp"
#include "job/job_config.hpp"

namespace sightline::stages {

/// Where a comparison.h5 has the similarities of each image that a matrix was made of.
struct SimilarityPlace {
  std::string file;
  std::string method;
  std::string metric;
  bool matching = false;  ///< whether only the images count for which both models of a pair predict the same class
};

/// A dissimilarity matrix, and the same matrix from resampled images where the similarities of each image are known.
struct ClusterTable {
  std::string name;  ///< part of the names of the tables that are made from it, such as gradcam_cosine
  base::NamedMatrix matrix;
  std::optional<SimilarityPlace> similarities = {};
  std::vector<std::vector<double>> resampled = {};  ///< bootstrap replicates, row-major like the matrix; may be empty
};

/// Reads the matrices to cluster from `files`: square CSV files, or a comparison.h5 with all its matrices. Without
/// files it reads comparison.h5 in --output and the matrices of `represent` in OUTPUT/tables, or without comparison.h5
/// all matrices there. A matrix of
/// similarities S is replaced by 1 - S; --cluster.kind, or the file's name, tells which it is. Nothing is resampled yet
/// (cluster_resamples.hpp). Throws base::Error(input) when there is nothing to read or a file is not a matrix.
std::vector<ClusterTable> read_cluster_tables(const job::JobConfig& config,
                                              const std::vector<std::filesystem::path>& files);

}  // namespace sightline::stages
