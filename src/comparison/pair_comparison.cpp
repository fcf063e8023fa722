#include "comparison/pair_comparison.hpp"

#include <limits>

namespace sightline::comparison {

PairComparison::PairComparison(std::size_t models, Metrics metrics, bool exclude_blank)
    : models_(models),
      metrics_(std::move(metrics)),
      exclude_blank_(exclude_blank),
      all_(metrics_.size(), PairSums(models)),
      matching_(metrics_.size(), PairSums(models)) {
  for (const auto& metric : metrics_) {
    tallies_.emplace_back(metric->tally_size(models), 0);
  }
}

bool PairComparison::is_included(const ImageMaps& image, std::size_t a, std::size_t b) const {
  const bool blank = image.blank[a] || image.blank[b];
  return image.present[a] && image.present[b] && !(exclude_blank_ && blank);
}

std::vector<std::vector<float>> PairComparison::add(const ImageMaps& image) {
  std::vector<std::vector<float>> values(
      metrics_.size(), std::vector<float>(pair_count(models_), std::numeric_limits<float>::quiet_NaN()));
  for (std::size_t metric = 0; metric < metrics_.size(); ++metric) {
    const auto similarities = metrics_[metric]->compare(image);
    metrics_[metric]->count(image, tallies_[metric]);
    for (std::size_t a = 0; a < models_; ++a) {
      for (std::size_t b = a; b < models_; ++b) {
        if (!is_included(image, a, b)) {
          continue;
        }
        const auto pair = pair_index(a, b, models_);
        const double value = similarities(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b));
        values[metric][pair] = static_cast<float>(value);
        all_[metric].add(pair, value);
        if (image.predictions[a] == image.predictions[b]) {
          matching_[metric].add(pair, value);
        }
      }
    }
  }
  return values;
}

}  // namespace sightline::comparison
