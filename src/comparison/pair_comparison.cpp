#include "comparison/pair_comparison.hpp"

#include <limits>

namespace sightline::comparison {

PairComparison::PairComparison(std::size_t models, std::vector<Metric> metrics, bool exclude_blank)
    : models_(models),
      metrics_(std::move(metrics)),
      exclude_blank_(exclude_blank),
      all_(metrics_.size(), PairSums(models)),
      matching_(metrics_.size(), PairSums(models)) {}

bool PairComparison::counts(const ImageMaps& image, std::size_t a, std::size_t b) const {
  const bool blank = image.blank[a] || image.blank[b];
  return image.present[a] && image.present[b] && !(exclude_blank_ && blank);
}

std::vector<std::vector<float>> PairComparison::add(const ImageMaps& image) {
  std::vector<std::vector<float>> values(
      metrics_.size(), std::vector<float>(pair_count(models_), std::numeric_limits<float>::quiet_NaN()));
  for (std::size_t a = 0; a < models_; ++a) {
    for (std::size_t b = a; b < models_; ++b) {
      if (!counts(image, a, b)) {
        continue;
      }
      const auto row = static_cast<Eigen::Index>(a);
      const auto column = static_cast<Eigen::Index>(b);
      const Products products{image.products(row, column), image.products(row, row), image.products(column, column)};
      const auto pair = pair_index(a, b, models_);
      for (std::size_t metric = 0; metric < metrics_.size(); ++metric) {
        const double value = metrics_[metric].value(products);
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
