#pragma once

#include <cstdint>
#include <vector>

#include "base/exact_sum.hpp"

namespace sightline::comparison {

/// Index of the pair (a, b), a <= b, among the M (M + 1) / 2 pairs of M models: (0,0), (0,1), ..., (0,M-1), (1,1), ...
std::size_t pair_index(std::size_t a, std::size_t b, std::size_t models);
inline std::size_t pair_count(std::size_t models) {
  return models * (models + 1) / 2;
}

/// Per-image values of all pairs of models (pairs x images), made NaN where the two models give different classes.
/// `predictions`: models x images.
void keep_matching(std::vector<float>& per_image, const std::vector<std::vector<std::int32_t>>& predictions);

/// Sums of one metric over images, one for every pair of models. Addition is exact, so any split over ranks gives the
/// same bits.
class PairSums {
 public:
  explicit PairSums(std::size_t models);

  void add(std::size_t pair, double similarity);

  /// For transport: sums and squares alternating by pair, and the counts.
  const std::vector<base::ExactSum>& sums() const { return sums_; }
  const std::vector<std::int64_t>& counts() const { return counts_; }
  PairSums(std::size_t models, std::vector<base::ExactSum> sums, std::vector<std::int64_t> counts);

  std::size_t models() const { return models_; }
  base::Moments moments(std::size_t pair) const;

 private:
  std::size_t models_;
  std::vector<base::ExactSum> sums_;
  std::vector<std::int64_t> counts_;
};

/// The three M x M matrices of a metric, row-major and symmetric.
struct PairMatrices {
  std::vector<double> mean;           ///< 0 for a pair without images
  std::vector<double> deviation;      ///< unbiased (n - 1); 0 for fewer than two images
  std::vector<double> dissimilarity;  ///< sqrt((1 - mean)^2 + deviation^2)
};
PairMatrices matrices(const PairSums& sums);

}  // namespace sightline::comparison
