#include "statistics/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>

#include "base/random.hpp"
#include "base/stop.hpp"
#include "statistics/statistics.hpp"
#include "statistics/weighted_sums.hpp"

namespace sightline::statistics {
namespace {

constexpr Eigen::Index block_size = 128;  // resamples whose sums are computed together
constexpr double least_error = 0.2;       // of a resample, as a share of the error of all images

/// Draws as many resamples as there is room for, of which `first` is the number of the first. `draws`: none yet.
void draw(const base::NumberStream& stream, std::size_t first, DrawCounts& draws) {
  for (std::size_t r = 0; r < draws.resamples(); ++r) {
    const auto start = (first + r) * draws.images();
    for (std::size_t number = 0; number < draws.images(); ++number) {
      draws.add(stream.below(draws.images(), start + number), r);
    }
  }
}

/// The unbiased variances of `n` values each from their sums and sums of squares; 0 for fewer than two values.
Eigen::ArrayXXd variances(const Eigen::ArrayXXd& sums, const Eigen::ArrayXXd& sums_of_squares,
                          const Eigen::ArrayXXd& n) {
  return ((sums_of_squares - sums * (sums / n.max(1.0))) / (n - 1.0).max(1.0)).max(0.0);
}

/// What is summed over the images for some pairs.
class Summands {
 public:
  /// `given`: images x pairs, NaN = no value.
  Summands(const Eigen::Ref<const Eigen::MatrixXf>& given, bool with_errors)
      : pairs_(given.cols()),
        images_(given.rows()),
        complete_(!given.array().isNaN().any()),
        columns_(beside_each_other(given.cast<double>(), with_errors, complete_)) {}

  /// Sets the statistics of all resamples of `draws` in `result`, whose number `resample` is the first of them; `pair`:
  /// the first of the pairs.
  void add(const DrawCounts& draws, Eigen::Index resample, Eigen::Index pair, Resampled& result) const;

 private:
  /// Each images x pairs: the values, their squares, with errors the fourth powers of 1 - value, and unless each pair
  /// has a value for each image, 1 where there is one. What is NaN counts as 0.
  static ImageColumns beside_each_other(const Eigen::ArrayXXd& all, bool with_errors, bool complete);

  Eigen::Index pairs_;
  Eigen::Index images_;
  bool complete_;
  ImageColumns columns_;
};

ImageColumns Summands::beside_each_other(const Eigen::ArrayXXd& all, bool with_errors, bool complete) {
  const auto pairs = all.cols();
  Eigen::MatrixXd columns(all.rows(), pairs * (2 + (with_errors ? 1 : 0) + (complete ? 0 : 1)));
  columns.leftCols(pairs) = all.isNaN().select(0.0, all);
  columns.middleCols(pairs, pairs) = columns.leftCols(pairs).cwiseAbs2();
  if (with_errors) {
    columns.middleCols(2 * pairs, pairs) = all.isNaN().select(0.0, (1.0 - all).square().square());
  }
  if (!complete) {
    columns.rightCols(pairs) = all.isNaN().select(0.0, Eigen::ArrayXXd::Ones(all.rows(), pairs));
  }
  return ImageColumns(columns);
}

void Summands::add(const DrawCounts& draws, Eigen::Index resample, Eigen::Index pair, Resampled& result) const {
  const auto rows = static_cast<Eigen::Index>(draws.resamples());
  const auto block = [&](Eigen::MatrixXd& all) { return all.block(resample, pair, rows, pairs_); };
  const Eigen::ArrayXXd all_sums = weighted_sums(draws, columns_);
  const Eigen::ArrayXXd sums = all_sums.leftCols(pairs_);
  const Eigen::ArrayXXd sums_of_squares = all_sums.middleCols(pairs_, pairs_);
  const Eigen::ArrayXXd n = complete_ ? Eigen::ArrayXXd::Constant(rows, pairs_, static_cast<double>(images_))
                                      : Eigen::ArrayXXd(all_sums.rightCols(pairs_));
  const Eigen::ArrayXXd mean = sums / n.max(1.0);
  const auto variance = variances(sums, sums_of_squares, n);
  block(result.mean) = mean;
  block(result.dissimilarity) = ((1.0 - mean).square() + variance).sqrt();
  if (result.mean_error.size() > 0) {
    const Eigen::ArrayXXd squares = n - 2.0 * sums + sums_of_squares;  // of 1 - similarity
    block(result.mean_error) = (variance / n).sqrt();
    block(result.square_error) = (variances(squares, all_sums.middleCols(2 * pairs_, pairs_), n) / n).sqrt();
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
  std::vector<Summands> blocks;
  for (Eigen::Index pair = 0; pair < pairs; pair += pairs_at_once) {
    blocks.emplace_back(values.middleCols(pair, std::min(pairs_at_once, pairs - pair)), with_errors);
  }
  for (Eigen::Index first = 0; first < rows && pairs > 0; first += block_size) {
    DrawCounts draws(given.images, static_cast<std::size_t>(std::min(block_size, rows - first)));
    draw(stream, static_cast<std::size_t>(first), draws);
    for (std::size_t block = 0; block < blocks.size(); ++block) {
      base::throw_if_stopped();
      blocks[block].add(draws, first, static_cast<Eigen::Index>(block * pair_block), result);
    }
  }
  return result;
}

Eigen::MatrixXd resample_crossed(const Eigen::MatrixXd& table, std::size_t resamples, std::uint64_t seed) {
  const Eigen::MatrixXd present = table.array().isNaN().select(0.0, Eigen::MatrixXd::Ones(table.rows(), table.cols()));
  const Eigen::MatrixXd values = table.array().isNaN().select(0.0, table);
  DrawCounts rows(static_cast<std::size_t>(table.rows()), resamples);
  DrawCounts columns(static_cast<std::size_t>(table.cols()), resamples);
  draw({"bootstrap.rows", seed}, 0, rows);
  draw({"bootstrap.columns", seed}, 0, columns);
  const auto weights = Eigen::MatrixXd::NullaryExpr(
      static_cast<Eigen::Index>(resamples), table.cols(), [&](Eigen::Index resample, Eigen::Index column) {
        return double{columns.count(static_cast<std::size_t>(column), static_cast<std::size_t>(resample))};
      });
  const Eigen::VectorXd sums = weighted_sums(rows, ImageColumns(values)).cwiseProduct(weights).rowwise().sum();
  const Eigen::VectorXd n = weighted_sums(rows, ImageColumns(present)).cwiseProduct(weights).rowwise().sum();
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
