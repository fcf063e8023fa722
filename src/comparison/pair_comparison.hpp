#pragma once

#include <vector>

#include "comparison/image_maps.hpp"
#include "comparison/metrics.hpp"
#include "comparison/pair_statistics.hpp"

namespace sightline::comparison {

/// Collects the similarities of every pair of models over the images, for several metrics at once.
class PairComparison {
 public:
  /// exclude_blank: whether pairs with a blank map are left out for that image, of the tallies too; otherwise they have
  /// the similarity that the metric gives (0 for most metrics).
  PairComparison(std::size_t models, Metrics metrics, bool exclude_blank);

  /// Adds one image. Returns its similarities as [metric][pair_index]; NaN for a pair that is left out.
  std::vector<std::vector<float>> add(const ImageMaps& image);

  const Metrics& metrics() const { return metrics_; }
  /// The sums over all images of a metric's similarities, by its index in metrics().
  const PairSums& all(std::size_t metric) const { return all_[metric]; }
  /// The sums over the images for which both models of a pair predict the same class.
  const PairSums& matching(std::size_t metric) const { return matching_[metric]; }
  /// The metric's tally over all images (Metric::count), of the pairs that are not left out.
  const std::vector<std::int64_t>& tally(std::size_t metric) const { return tallies_[metric]; }

 private:
  /// By model: whether the pairs with its map of the image count.
  std::vector<bool> counted(const ImageMaps& image) const;

  std::size_t models_;
  Metrics metrics_;
  bool exclude_blank_;
  std::vector<PairSums> all_;
  std::vector<PairSums> matching_;
  std::vector<std::vector<std::int64_t>> tallies_;
};

}  // namespace sightline::comparison
