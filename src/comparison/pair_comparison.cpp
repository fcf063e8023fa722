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

std::vector<bool> PairComparison::counted(const ImageMaps& image) const {
  auto counted = image.present;
  for (std::size_t model = 0; model < models_; ++model) {
    counted[model] = counted[model] && !(exclude_blank_ && image.blank[model]);
  }
  return counted;
}

std::vector<std::vector<float>> PairComparison::add(const ImageMaps& image) {
  std::vector<std::vector<float>> values(
      metrics_.size(), std::vector<float>(pair_count(models_), std::numeric_limits<float>::quiet_NaN()));
  const auto counts = counted(image);
  for (std::size_t metric = 0; metric < metrics_.size(); ++metric) {
    const auto similarities = metrics_[metric]->compare(image);
    metrics_[metric]->count(image, counts, tallies_[metric]);
    for (std::size_t a = 0; a < models_; ++a) {
      for (std::size_t b = a; b < models_; ++b) {
        if (!counts[a] || !counts[b]) {
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
