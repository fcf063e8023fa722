#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "base/exact_sum.hpp"

namespace sightline::comparison {

/// The index of the pair (a, b), a <= b, among the pairs of M models: (0,0), (0,1), ..., (0,M-1), (1,1), ...
std::size_t pair_index(std::size_t a, std::size_t b, std::size_t models);
/// The number of pairs of M models, M (M + 1) / 2. It includes the pairs of a model with itself.
inline std::size_t pair_count(std::size_t models) {
  return models * (models + 1) / 2;
}

/// Sets values to NaN for the images for which the two models of a pair predict different classes. values: pairs x
/// images, of consecutive pairs from pair number `first` on; predictions: models x images, class indices.
void keep_matching(std::span<float> values, std::size_t first,
                   const std::vector<std::vector<std::int32_t>>& predictions);

/// The sums of one metric's similarities over images, for every pair of models. The sums are exact, so the results do
/// not depend on the order of the images or on their distribution over ranks.
class PairSums {
 public:
  explicit PairSums(std::size_t models);

  /// Adds the similarity of a pair for one image. pair: a pair_index.
  void add(std::size_t pair, double similarity);

  /// The state, to be sent to other ranks: for each pair the sum of the similarities and the sum of their squares, and
  /// the number of images of each pair. The constructor restores it.
  const std::vector<base::ExactSum>& sums() const { return sums_; }
  const std::vector<std::int64_t>& counts() const { return counts_; }
  PairSums(std::size_t models, std::vector<base::ExactSum> sums, std::vector<std::int64_t> counts);

  std::size_t models() const { return models_; }
  /// Mean and standard deviation of a pair's similarities.
  base::Moments moments(std::size_t pair) const;

 private:
  std::size_t models_;
  std::vector<base::ExactSum> sums_;
  std::vector<std::int64_t> counts_;
};

/// The three M x M matrices of a metric, row-major and symmetric.
struct PairMatrices {
  std::vector<double> mean;           ///< mean similarity over images; 0 for a pair without images
  std::vector<double> deviation;      ///< standard deviation, unbiased (n - 1); 0 for fewer than two images
  std::vector<double> dissimilarity;  ///< sqrt((1 - mean)^2 + deviation^2)
};
/// Computes the matrices from the sums over all images.
PairMatrices matrices(const PairSums& sums);

}  // namespace sightline::comparison
