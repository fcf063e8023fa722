#pragma once

#include <cstdint>
#include <limits>
#include <optional>
#include <string>
#include <vector>

#include "comparison/pair_statistics.hpp"
#include "job/job_config.hpp"
#include "statistics/bootstrap.hpp"
#include "statistics/image_count.hpp"
#include "statistics/mantel.hpp"

namespace sightline::stages {

/// One metric over some of the images.
struct PairTable {
  comparison::PairMatrices matrices;
  std::vector<std::int64_t> images;                ///< by pair: how many have a value
  std::optional<statistics::Intervals> mean = {};  ///< bootstrap interval, by pair; nothing without resamples
  std::optional<statistics::Intervals> dissimilarity = {};
};

/// Everything that `compare` found for one method and metric, on the root.
struct MetricResult {
  std::string metric;
  PairTable all;
  PairTable matching;            ///< only images to which both models give the same class
  std::vector<float> per_image;  ///< pairs x images; NaN = the pair has no value there
  std::vector<double> pooled;    ///< models x models, of all pixels of all images; empty for most metrics
  std::vector<statistics::Difference> differences = {};      ///< of every two cells off the diagonal
  std::vector<statistics::SubsetErrors> subset_errors = {};  ///< cells off the diagonal, in the order of pairs
  double agreement_correlation = std::numeric_limits<double>::quiet_NaN();  ///< of mean similarity and agreement
};

/// Usually of one method over the models; with --compare.across methods the two change places, and `models` are
/// methods of the model `method`.
struct MethodComparison {
  std::string method;
  std::vector<std::string> models;  ///< those that the method fits, in the order of all
  std::vector<std::size_t> rows;    ///< whose predictions theirs are, among all models
  std::vector<MetricResult> metrics;
};

/// Mantel's test of two dissimilarity matrices over the models that both have.
struct MatrixTest {
  std::string method_a;
  std::string metric_a;
  std::string method_b;
  std::string metric_b;
  std::size_t models = 0;
  statistics::MantelTest test;
};

/// Everything that `compare` finds, on the root.
struct ComparisonResult {
  std::vector<std::string> models;
  job::Across across = job::Across::models;
  std::uint64_t images = 0;
  std::vector<std::vector<std::int32_t>> predictions;  ///< models x images; -1 = no record
  std::vector<double> same_predictions;                ///< models x models: images to which both give the same class
  std::vector<double> accuracy;                        ///< by model; NaN without labels
  std::vector<MethodComparison> methods;
  std::vector<MatrixTest> matrix_tests = {};
};

}  // namespace sightline::stages
