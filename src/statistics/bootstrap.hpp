#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include <Eigen/Core>

namespace sightline::statistics {

/// The similarity of each pair of models for each image.
struct PairValues {
  std::span<const float> values;  ///< pairs x images, row-major; NaN where a pair has no value for an image
  std::size_t pairs = 0;
  std::size_t images = 0;
};

/// The statistics of every bootstrap resample. The matrices are resamples x pairs, those of errors empty unless asked
/// for.
struct Resampled {
  Eigen::MatrixXd mean;               ///< mean similarity; 0 for a pair without values in the resample
  Eigen::MatrixXd dissimilarity;      ///< sqrt((1 - mean)^2 + std^2), where std is the unbiased (n - 1) estimate
  Eigen::MatrixXd mean_error = {};    ///< standard error of the mean; NaN for a pair without values in the resample
  Eigen::MatrixXd square_error = {};  ///< the same of the mean of (1 - similarity)^2
};

/// The nonparametric bootstrap (Efron, Annals of Statistics 1979) over images: each resample draws images with
/// replacement, as many as there are. Resample r depends only on the seed, r and the number of images. All pairs,
/// metrics and methods of the same images therefore get the same resamples, and their differences can be taken resample
/// by resample. Pairs are taken pair_block at a time: a call for some of these blocks gives the same bits for them as a
/// call for all pairs. Memory: 2 (with errors 4) x resamples x pairs doubles for the result, and temporary matrices of
/// about 3 (with errors 4) x pairs x images doubles. Throws base::Error(stopped) after a signal.
Resampled resample(const PairValues& values, std::size_t resamples, std::uint64_t seed, bool with_errors = false);
inline constexpr std::size_t pair_block = 32;

/// The pigeonhole bootstrap (Owen, Annals of Applied Statistics 2007) of a table in which each value belongs to one
/// image by its row and to another by its column: the rows and the columns are resampled independently of each other.
/// Returns the mean of the values that are not NaN in each resample, resamples x 1; NaN for a resample without values.
Eigen::MatrixXd resample_crossed(const Eigen::MatrixXd& table, std::size_t resamples, std::uint64_t seed);

/// The bootstrap intervals of several quantities.
struct Intervals {
  std::vector<double> low;   ///< lower limit of each quantity
  std::vector<double> high;  ///< upper limit of each quantity
};
/// The two-sided percentile interval of each column of `resampled`, resamples x quantities. NaN values are ignored; a
/// column without other values has the limits NaN. confidence: in (0, 1), such as 0.95.
Intervals intervals(const Eigen::MatrixXd& resampled, double confidence);

/// The intervals of the pairs' mean similarities and of their dissimilarities.
struct PairIntervals {
  Intervals mean;
  Intervals dissimilarity;
};
/// The two-sided studentised intervals (bootstrap-t: Hall, Annals of Statistics 1988; Efron and Tibshirani, An
/// Introduction to the Bootstrap 1993, section 12.5). From the percentiles of t = (mean* - mean) / error* over the
/// resamples follow the limits mean - t error. Unlike percentile intervals they follow the skewness of the
/// similarities, with which few images miss the truth more often than promised. Those of the dissimilarity are the
/// roots of the limits of the mean of (1 - similarity)^2, which is its square without the variance of the mean. An
/// error* counts as at least a fifth of the error: a resample without the few odd images of a pair would otherwise make
/// t, and with it a limit, arbitrarily large. A mean's limits are at most 1 and a dissimilarity's at least 0. They are
/// the value itself where all similarities are equal, or there is but one, and NaN for a pair without any. resampled:
/// of the same values, with errors; confidence: in (0, 1). Throws base::Error(stopped) after a signal.
PairIntervals studentised_intervals(const PairValues& values, const Resampled& resampled, double confidence);

/// The difference between the dissimilarities of two pairs of models, with its bootstrap interval and test.
struct Difference {
  std::size_t first = 0;   ///< index of the first pair
  std::size_t second = 0;  ///< index of the second pair
  double value = 0.0;      ///< dissimilarity of the first pair minus that of the second
  double low = 0.0;        ///< lower limit of the percentile interval of `value`
  double high = 0.0;       ///< upper limit
  double p = 1.0;          ///< two-sided: 2 (1 + resamples on the less frequent side of 0) / (1 + resamples), at most 1
  double p_adjusted = 1.0;  ///< p with Holm's correction over all differences of the call
};
/// Compares every two of the given pairs. dissimilarity: of each pair over all images; resampled: resamples x pairs
/// (Resampled::dissimilarity); pairs: indices into both; confidence: of the intervals, in (0, 1).
std::vector<Difference> differences(const std::vector<double>& dissimilarity, const Eigen::MatrixXd& resampled,
                                    const std::vector<std::size_t>& pairs, double confidence);

}  // namespace sightline::statistics
