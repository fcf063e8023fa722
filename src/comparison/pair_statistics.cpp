#include "comparison/pair_statistics.hpp"

#include <cmath>
#include <limits>

namespace sightline::comparison {

std::size_t pair_index(std::size_t a, std::size_t b, std::size_t models) {
  return a * models - a * (a + 1) / 2 + b;
}

void keep_matching(std::span<float> values, std::size_t first,
                   const std::vector<std::vector<std::int32_t>>& predictions) {
  std::size_t pair = 0;
  for (std::size_t a = 0; a < predictions.size(); ++a) {
    const auto images = predictions[a].size();
    for (std::size_t b = a; b < predictions.size(); ++b, ++pair) {
      if (pair < first || (pair - first + 1) * images > values.size()) {
        continue;
      }
      auto* of_pair = values.data() + (pair - first) * images;
      for (std::size_t image = 0; image < images; ++image) {
        if (predictions[a][image] != predictions[b][image]) {
          of_pair[image] = std::numeric_limits<float>::quiet_NaN();
        }
      }
    }
  }
}

PairSums::PairSums(std::size_t models) : models_(models), sums_(2 * pair_count(models)), counts_(pair_count(models)) {}

PairSums::PairSums(std::size_t models, std::vector<base::ExactSum> sums, std::vector<std::int64_t> counts)
    : models_(models), sums_(std::move(sums)), counts_(std::move(counts)) {}

void PairSums::add(std::size_t pair, double similarity) {
  sums_[2 * pair].add(similarity);
  sums_[2 * pair + 1].add(similarity * similarity);
  ++counts_[pair];
}

base::Moments PairSums::moments(std::size_t pair) const {
  return base::moments(sums_[2 * pair], sums_[2 * pair + 1], counts_[pair]);
}

PairMatrices matrices(const PairSums& sums) {
  const auto models = sums.models();
  PairMatrices result;
  for (auto* matrix : {&result.mean, &result.deviation, &result.dissimilarity}) {
    matrix->resize(models * models);
  }
  for (std::size_t a = 0; a < models; ++a) {
    for (std::size_t b = a; b < models; ++b) {
      const auto moments = sums.moments(pair_index(a, b, models));
      for (const auto cell : {a * models + b, b * models + a}) {
        result.mean[cell] = moments.mean;
        result.deviation[cell] = moments.deviation;
        result.dissimilarity[cell] = std::hypot(1.0 - moments.mean, moments.deviation);
      }
    }
  }
  return result;
}

}  // namespace sightline::comparison
