#pragma once

#include <vector>

#include "comparison/image_maps.hpp"
#include "comparison/metrics.hpp"
#include "comparison/pair_statistics.hpp"

namespace sightline::comparison {

/// Collects the similarities of every pair of models over images, for several metrics at once.
class PairComparison {
 public:
  /// `exclude_blank`: a pair with a blank map does not count; otherwise its similarity is the metric's (0 for most).
  PairComparison(std::size_t models, Metrics metrics, bool exclude_blank);

  /// Adds one image. Returns its similarities [metric][pair]; NaN where the pair has no value.
  std::vector<std::vector<float>> add(const ImageMaps& image);

  const Metrics& metrics() const { return metrics_; }
  const PairSums& all(std::size_t metric) const { return all_[metric]; }
  /// Only images to which both models give the same class.
  const PairSums& matching(std::size_t metric) const { return matching_[metric]; }
  /// What the metric counted over all images (Metric::count).
  const std::vector<std::int64_t>& tally(std::size_t metric) const { return tallies_[metric]; }

 private:
  bool counts(const ImageMaps& image, std::size_t a, std::size_t b) const;

  std::size_t models_;
  Metrics metrics_;
  bool exclude_blank_;
  std::vector<PairSums> all_;
  std::vector<PairSums> matching_;
  std::vector<std::vector<std::int64_t>> tallies_;
};

}  // namespace sightline::comparison
