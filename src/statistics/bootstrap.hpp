#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <Eigen/Core>

namespace sightline::statistics {

/// Per-image similarities of pairs: pairs x images, row-major, NaN where a pair has no value.
struct PairValues {
  std::span<const float> values;
  std::size_t pairs = 0;
  std::size_t images = 0;
};

/// What every resample gives: resamples x pairs.
struct Resampled {
  Eigen::MatrixXd mean;           ///< 0 for a pair without images in the resample
  Eigen::MatrixXd dissimilarity;  ///< sqrt((1 - mean)^2 + std^2), std unbiased
};

/// The bootstrap (Efron 1979) over images: resample r draws as many images with replacement as there are. A draw
/// depends on (seed, r) and the number of images alone, so all pairs, metrics and methods of the same images see the
/// same resamples, and may be compared. Memory: resamples x pairs doubles, and 256 x images.
Resampled resample(const PairValues& values, std::size_t resamples, std::uint64_t seed);

/// The same of a table whose rows and columns are each drawn for themselves, as where every value is of two images
/// (Owen's pigeonhole bootstrap, Annals of Applied Statistics 2007): resamples x 1, the mean of what is not NaN; NaN
/// where nothing is left.
Eigen::MatrixXd resample_crossed(const Eigen::MatrixXd& table, std::size_t resamples, std::uint64_t seed);

/// Limits of the percentile interval of every pair.
struct Intervals {
  std::vector<double> low;
  std::vector<double> high;
};
/// `resampled`: resamples x pairs, NaN is left out; `confidence` in (0, 1). NaN where nothing is left.
Intervals intervals(const Eigen::MatrixXd& resampled, double confidence);

/// The difference of two pairs' dissimilarities and what the resamples say of it.
struct Difference {
  std::size_t first = 0;  ///< pairs
  std::size_t second = 0;
  double value = 0.0;  ///< first - second
  double low = 0.0;    ///< percentile interval
  double high = 0.0;
  double p = 1.0;           ///< two-sided: 2 (1 + the resamples on the rarer side of 0) / (1 + resamples), at most 1
  double p_adjusted = 1.0;  ///< by Holm, over all differences
};
/// Of every two of `pairs`. `dissimilarity`: by pair, of all images.
std::vector<Difference> differences(const std::vector<double>& dissimilarity, const Eigen::MatrixXd& resampled,
                                    const std::vector<std::size_t>& pairs, double confidence);

}  // namespace sightline::statistics
