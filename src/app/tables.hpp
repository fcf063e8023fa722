#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "base/csv.hpp"
#include "comparison/pair_statistics.hpp"

namespace sightline::app {

/// Everything that `compare` found for one method and metric, on the root.
struct MetricResult {
  std::string metric;
  comparison::PairMatrices all;
  comparison::PairMatrices matching;
  std::vector<float> per_image;  ///< pairs x images; NaN = the pair has no value there
};

struct MethodResult {
  std::string method;
  std::vector<std::string> models;  ///< those that the method fits, in the order of all
  std::vector<MetricResult> metrics;
};

struct ComparisonResult {
  std::vector<std::string> models;
  std::uint64_t images = 0;
  std::vector<double> same_predictions;  ///< models x models: images to which both give the same class
  std::vector<double> accuracy;          ///< by model; NaN without labels
  std::vector<MethodResult> methods;
};

/// comparison.h5 and tables/*.csv, each written aside and renamed.
void write_comparison(const std::filesystem::path& output, const ComparisonResult& result);

/// A table for a terminal: names, then rows with three decimals.
std::string pretty_matrix(const base::NamedMatrix& matrix);

}  // namespace sightline::app
