#include "statistics/image_count.hpp"

#include <algorithm>
#include <cmath>
#include <numeric>

#include "base/nan.hpp"
#include "base/random.hpp"
#include "base/stop.hpp"
#include "statistics/statistics.hpp"

namespace sightline::statistics {
namespace {

/// The dissimilarity of every pair over the given images; 1 for a pair without values.
Eigen::VectorXd dissimilarities(const PairValues& given, const std::vector<std::size_t>& images) {
  Eigen::VectorXd result(static_cast<Eigen::Index>(given.pairs));
  for (std::size_t pair = 0; pair < given.pairs; ++pair) {
    const auto* values = given.values.data() + pair * given.images;
    double n = 0.0;
    double sum = 0.0;
    double squares = 0.0;
    for (const auto image : images) {
      if (const double value = values[image]; !std::isnan(value)) {
        n += 1.0;
        sum += value;
        squares += value * value;
      }
    }
    const double mean = n > 0.0 ? sum / n : 0.0;
    const double variance = n > 1.0 ? std::max(0.0, (squares - sum * mean) / (n - 1.0)) : 0.0;
    result[static_cast<Eigen::Index>(pair)] = std::sqrt((1.0 - mean) * (1.0 - mean) + variance);
  }
  return result;
}

/// Draws `count` different images: the first entries of a Fisher-Yates shuffle.
std::vector<std::size_t> draw_subset(const base::NumberStream& stream, std::size_t images, std::size_t count) {
  std::vector<std::size_t> all(images);
  std::iota(all.begin(), all.end(), 0);
  for (std::size_t i = 0; i < count; ++i) {
    std::swap(all[i], all[i + stream.below(images - i, i)]);
  }
  all.resize(count);
  return all;
}

}  // namespace

std::vector<std::int64_t> subset_sizes(std::vector<std::int64_t> counts, std::size_t images) {
  if (counts.empty()) {
    return powers_of_two_below(static_cast<std::int64_t>(images));
  }
  std::sort(counts.begin(), counts.end());
  std::erase_if(counts, [&](std::int64_t count) { return count > static_cast<std::int64_t>(images); });
  return counts;
}

Eigen::MatrixXd subset_dissimilarities(const PairValues& values, const std::vector<std::int64_t>& sizes,
                                       std::int64_t subsets, std::uint64_t seed) {
  std::vector<std::size_t> all_images(values.images);
  std::iota(all_images.begin(), all_images.end(), 0);
  Eigen::MatrixXd found(1 + static_cast<Eigen::Index>(sizes.size()) * subsets, static_cast<Eigen::Index>(values.pairs));
  found.row(0) = dissimilarities(values, all_images);
  Eigen::Index row = 1;
  for (const auto size : sizes) {
    for (std::int64_t subset = 0; subset < subsets; ++subset) {
      base::throw_if_stopped();
      const base::NumberStream stream("subset:" + std::to_string(size) + ":" + std::to_string(subset), seed);
      found.row(row++) = dissimilarities(values, draw_subset(stream, values.images, static_cast<std::size_t>(size)));
    }
  }
  return found;
}

std::vector<SubsetErrors> subset_errors(const Eigen::MatrixXd& found, const std::vector<std::int64_t>& sizes,
                                        std::int64_t subsets) {
  const Eigen::VectorXd reference = found.row(0);
  std::vector<SubsetErrors> result;
  for (const auto size : sizes) {
    const auto first = 1 + static_cast<Eigen::Index>(result.size()) * subsets;
    const Eigen::MatrixXd own = found.middleRows(first, subsets).transpose();  // pairs x subsets
    SubsetErrors errors{size, {}, {}, {}};
    for (std::int64_t subset = 0; subset < subsets; ++subset) {
      const double sum = (own.col(subset) - reference).cwiseAbs().sum();
      errors.sum_absolute.push_back(sum);
      errors.mean_absolute.push_back(reference.size() > 0 ? sum / static_cast<double>(reference.size()) : 0.0);
    }
    const Eigen::VectorXd mean = own.rowwise().mean();
    const Eigen::VectorXd variance =
        (own.colwise() - mean).rowwise().squaredNorm() / static_cast<double>(std::max<std::int64_t>(1, subsets - 1));
    errors.cell_variances.assign(variance.begin(), variance.end());
    result.push_back(std::move(errors));
  }
  return result;
}

Eigen::MatrixXd half_dissimilarities(const PairValues& values, std::int64_t splits, std::uint64_t seed) {
  const auto half = values.images / 2;
  Eigen::MatrixXd found(2 * splits, static_cast<Eigen::Index>(values.pairs));
  for (std::int64_t split = 0; split < splits; ++split) {
    base::throw_if_stopped();
    const base::NumberStream stream("split:" + std::to_string(split), seed);
    const auto images = draw_subset(stream, values.images, 2 * half);
    const auto middle = images.begin() + static_cast<std::ptrdiff_t>(half);
    found.row(2 * split) = dissimilarities(values, {images.begin(), middle});
    found.row(2 * split + 1) = dissimilarities(values, {middle, images.end()});
  }
  return found;
}

SplitHalfReliability split_half_reliability(const Eigen::MatrixXd& halves) {
  std::vector<double> correlations;
  const auto forecast = [](double r) { return 2.0 * r / (1.0 + r); };
  for (Eigen::Index row = 0; row + 1 < halves.rows() && halves.cols() >= 3; row += 2) {
    const Eigen::VectorXd first = halves.row(row);
    const Eigen::VectorXd second = halves.row(row + 1);
    const double r = pearson({first.data(), static_cast<std::size_t>(first.size())},
                             {second.data(), static_cast<std::size_t>(second.size())});
    if (!std::isnan(r) && r > -1.0) {
      correlations.push_back(r);
    }
  }
  if (correlations.empty()) {
    return {base::nan, base::nan, base::nan, base::nan};
  }
  const double mean =
      std::accumulate(correlations.begin(), correlations.end(), 0.0) / static_cast<double>(correlations.size());
  return {mean, forecast(mean), forecast(percentile(correlations, 2.5)), forecast(percentile(correlations, 97.5))};
}

std::vector<std::int64_t> powers_of_two_below(std::int64_t images) {
  std::vector<std::int64_t> counts;
  for (std::int64_t count = 2; count < images; count *= 2) {
    counts.push_back(count);
  }
  return counts;
}

std::optional<std::int64_t> images_needed(const std::vector<SubsetErrors>& errors, double max_error) {
  std::optional<std::int64_t> needed;
  for (auto size = errors.rbegin(); size != errors.rend(); ++size) {
    const auto& all = size->mean_absolute;
    if (std::accumulate(all.begin(), all.end(), 0.0) > max_error * static_cast<double>(all.size())) {
      break;
    }
    needed = size->images;
  }
  return needed;
}

}  // namespace sightline::statistics
