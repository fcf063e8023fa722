#include "statistics/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "base/random.hpp"
#include "base/stop.hpp"
#include "statistics/statistics.hpp"

namespace sightline::statistics {
namespace {

constexpr Eigen::Index block_size = 256;  // resamples in one matrix product
constexpr double least_error = 0.2;       // of a resample, as a share of the error of all images

/// How often each image is drawn in the resamples first ... first + count - 1: images x count.
Eigen::MatrixXd draw_counts(const base::NumberStream& stream, Eigen::Index first, Eigen::Index count,
                            std::size_t images) {
  Eigen::MatrixXd counts = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(images), count);
  for (Eigen::Index r = 0; r < count; ++r) {
    const auto start = static_cast<std::uint64_t>(first + r) * images;
    for (std::size_t draw = 0; draw < images; ++draw) {
      counts(static_cast<Eigen::Index>(stream.below(images, start + draw)), r) += 1.0;
    }
  }
  return counts;
}

/// The unbiased variances of `n` values each from their sums and sums of squares; 0 for fewer than two values.
Eigen::ArrayXXd variances(const Eigen::ArrayXXd& sums, const Eigen::ArrayXXd& sums_of_squares,
                          const Eigen::ArrayXXd& n) {
  return ((sums_of_squares - sums * (sums / n.max(1.0))) / (n - 1.0).max(1.0)).max(0.0);
}

/// Sets the statistics of some resamples and pairs. `counts`: images x resamples; `given`: images x pairs, NaN = no
/// value; `resample` and `pair`: the first of them in `result`.
void add_block(const Eigen::MatrixXd& counts, const Eigen::Ref<const Eigen::MatrixXf>& given, Eigen::Index resample,
               Eigen::Index pair, Resampled& result) {
  const auto block = [&](Eigen::MatrixXd& all) { return all.block(resample, pair, counts.cols(), given.cols()); };
  const Eigen::MatrixXd all = given.cast<double>();
  const Eigen::MatrixXd present = all.array().isNaN().select(0.0, Eigen::MatrixXd::Ones(all.rows(), all.cols()));
  const Eigen::MatrixXd values = all.array().isNaN().select(0.0, all);
  const bool complete = (present.array() == 1.0).all();
  const Eigen::ArrayXXd sums = counts.transpose() * values;
  const Eigen::ArrayXXd sums_of_squares = counts.transpose() * values.cwiseAbs2();
  const Eigen::ArrayXXd n = complete
                                ? Eigen::ArrayXXd::Constant(sums.rows(), sums.cols(), static_cast<double>(all.rows()))
                                : Eigen::ArrayXXd(counts.transpose() * present);
  const Eigen::ArrayXXd mean = sums / n.max(1.0);
  const auto variance = variances(sums, sums_of_squares, n);
  block(result.mean) = mean;
  block(result.dissimilarity) = ((1.0 - mean).square() + variance).sqrt();
  if (result.mean_error.size() > 0) {
    const Eigen::MatrixXd fourth = all.array().isNaN().select(0.0, (1.0 - all.array()).square().square());
    const Eigen::ArrayXXd squares = n - 2.0 * sums + sums_of_squares;  // of 1 - similarity
    block(result.mean_error) = (variance / n).sqrt();
    block(result.square_error) = (variances(squares, counts.transpose() * fourth, n) / n).sqrt();
  }
}

/// The percentage of a distribution that lies below an interval of this confidence, in [0, 50].
double lower_tail_percent(double confidence) {
  return 50.0 * (1.0 - confidence);
}

/// A mean and its standard error.
struct Estimate {
  double mean = 0.0;   ///< NaN without values
  double error = 0.0;  ///< NaN without values, and 0 for one value
};

Estimate estimate(const Eigen::ArrayXd& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = values.sum() / n;
  return {mean, std::sqrt((values - mean).square().sum() / std::max(1.0, n - 1.0) / n)};
}

/// Appends the studentised limits of a mean to `all`. `means` and `errors`: of the resamples.
void add_studentised(const Estimate& own, const Eigen::ArrayXd& means, const Eigen::ArrayXd& errors, double confidence,
                     Intervals& all) {
  Intervals t{{0.0}, {0.0}};
  if (own.error > 0.0) {
    const double least = least_error * own.error;
    t = intervals((means - own.mean) / (errors < least).select(least, errors), confidence);
  }
  all.low.push_back(own.mean - t.high[0] * own.error);
  all.high.push_back(own.mean - t.low[0] * own.error);
}

/// The values of a pair that are not NaN.
Eigen::ArrayXd values_of(const PairValues& given, std::size_t pair) {
  const auto row = given.values.subspan(pair * given.images, given.images);
  std::vector<double> values(row.begin(), row.end());
  std::erase_if(values, [](double value) { return std::isnan(value); });
  return Eigen::Map<const Eigen::ArrayXd>(values.data(), static_cast<Eigen::Index>(values.size()));
}

/// Replaces every limit by a function of it.
void transform(Intervals& all, const std::function<double(double)>& function) {
  std::transform(all.low.begin(), all.low.end(), all.low.begin(), function);
  std::transform(all.high.begin(), all.high.end(), all.high.begin(), function);
}

}  // namespace

Resampled resample(const PairValues& given, std::size_t resamples, std::uint64_t seed, bool with_errors) {
  const auto images = static_cast<Eigen::Index>(given.images);
  const auto pairs = static_cast<Eigen::Index>(given.pairs);
  constexpr auto pairs_at_once = static_cast<Eigen::Index>(pair_block);
  const Eigen::Map<const Eigen::MatrixXf> values(given.values.data(), images, pairs);
  const base::NumberStream stream("bootstrap", seed);
  const auto rows = static_cast<Eigen::Index>(resamples);
  Resampled result{Eigen::MatrixXd(rows, pairs), Eigen::MatrixXd(rows, pairs)};
  if (with_errors) {
    result.mean_error.resize(rows, pairs);
    result.square_error.resize(rows, pairs);
  }
  for (Eigen::Index first = 0; first < rows && pairs > 0; first += block_size) {
    const auto count = std::min(block_size, rows - first);
    const auto counts = draw_counts(stream, first, count, given.images);
    for (Eigen::Index pair = 0; pair < pairs; pair += pairs_at_once) {
      base::throw_if_stopped();
      const auto some = std::min(pairs_at_once, pairs - pair);
      add_block(counts, values.middleCols(pair, some), first, pair, result);
    }
  }
  return result;
}

Eigen::MatrixXd resample_crossed(const Eigen::MatrixXd& table, std::size_t resamples, std::uint64_t seed) {
  const Eigen::MatrixXd present = table.array().isNaN().select(0.0, Eigen::MatrixXd::Ones(table.rows(), table.cols()));
  const Eigen::MatrixXd values = table.array().isNaN().select(0.0, table);
  const auto count = static_cast<Eigen::Index>(resamples);
  const auto rows = draw_counts({"bootstrap.rows", seed}, 0, count, static_cast<std::size_t>(table.rows()));
  const auto columns = draw_counts({"bootstrap.columns", seed}, 0, count, static_cast<std::size_t>(table.cols()));
  const Eigen::VectorXd sums = (rows.transpose() * values).cwiseProduct(columns.transpose()).rowwise().sum();
  const Eigen::VectorXd n = (rows.transpose() * present).cwiseProduct(columns.transpose()).rowwise().sum();
  return sums.cwiseQuotient(n);
}

Intervals intervals(const Eigen::MatrixXd& resampled, double confidence) {
  constexpr double nan = std::numeric_limits<double>::quiet_NaN();
  Intervals result;
  for (Eigen::Index pair = 0; pair < resampled.cols(); ++pair) {
    std::vector<double> values(resampled.col(pair).begin(), resampled.col(pair).end());
    std::erase_if(values, [](double value) { return std::isnan(value); });
    result.low.push_back(values.empty() ? nan : statistics::percentile(values, lower_tail_percent(confidence)));
    result.high.push_back(values.empty() ? nan
                                         : statistics::percentile(values, 100.0 - lower_tail_percent(confidence)));
  }
  return result;
}

PairIntervals studentised_intervals(const PairValues& given, const Resampled& resampled, double confidence) {
  PairIntervals result;
  for (std::size_t pair = 0; pair < given.pairs; ++pair) {
    base::throw_if_stopped();
    const auto column = static_cast<Eigen::Index>(pair);
    const auto values = values_of(given, pair);
    const Eigen::ArrayXd error = resampled.mean_error.col(column);
    const Eigen::ArrayXd squares = resampled.dissimilarity.col(column).array().square() - error.square();
    add_studentised(estimate(values), resampled.mean.col(column), error, confidence, result.mean);
    add_studentised(estimate((1.0 - values).square()), squares, resampled.square_error.col(column), confidence,
                    result.dissimilarity);
  }
  transform(result.mean, [](double limit) { return limit > 1.0 ? 1.0 : limit; });
  transform(result.dissimilarity, [](double square) { return square < 0.0 ? 0.0 : std::sqrt(square); });
  return result;
}

std::vector<Difference> differences(const std::vector<double>& dissimilarity, const Eigen::MatrixXd& resampled,
                                    const std::vector<std::size_t>& pairs, double confidence) {
  std::vector<Difference> all;
  std::vector<double> p;
  const auto total = static_cast<double>(resampled.rows());
  for (std::size_t i = 0; i < pairs.size(); ++i) {
    for (std::size_t j = i + 1; j < pairs.size(); ++j) {
      const Eigen::VectorXd between =
          resampled.col(static_cast<Eigen::Index>(pairs[i])) - resampled.col(static_cast<Eigen::Index>(pairs[j]));
      const std::vector<double> values(between.begin(), between.end());
      const auto not_above = static_cast<double>((between.array() <= 0.0).count());
      const auto not_below = static_cast<double>((between.array() >= 0.0).count());
      all.push_back({pairs[i], pairs[j], dissimilarity[pairs[i]] - dissimilarity[pairs[j]],
                     statistics::percentile(values, lower_tail_percent(confidence)),
                     statistics::percentile(values, 100.0 - lower_tail_percent(confidence)),
                     std::min(1.0, 2.0 * (1.0 + std::min(not_above, not_below)) / (1.0 + total))});
      p.push_back(all.back().p);
    }
  }
  const auto adjusted = statistics::holm(p);
  for (std::size_t i = 0; i < all.size(); ++i) {
    all[i].p_adjusted = adjusted[i];
  }
  return all;
}

}  // namespace sightline::statistics
