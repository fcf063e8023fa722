#include "statistics/bootstrap.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <iterator>
#include <limits>
#include <numeric>
#include <utility>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "normal_pairs.hpp"
#include "statistics/statistics.hpp"

namespace sightline::statistics {
namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

TEST(Bootstrap, IntervalOfTheMeanIsAsWideAsTheoryAsks) {
  constexpr std::size_t images = 400;
  const auto values = tests::normal_pairs(images);
  const auto resampled = resample({values, 2, images}, 4000, 1);
  const auto limits = intervals(resampled.mean, 0.95);
  const double width = limits.high[0] - limits.low[0];
  EXPECT_NEAR(width, 2.0 * 1.96 * 0.1 / std::sqrt(400.0), 0.15 * width);
  EXPECT_LT(limits.low[0], 0.6);
  EXPECT_GT(limits.high[0], 0.59);
  EXPECT_TRUE(resample({values, 2, images}, 4000, 1).mean == resampled.mean);
  EXPECT_TRUE(resample({values, 2, images}, 300, 1).mean == resampled.mean.topRows(300));
  EXPECT_FALSE(resample({values, 2, images}, 300, 2).mean == resampled.mean.topRows(300));
}

TEST(Bootstrap, CrossedDrawsRowsAndColumns) {
  // What differs from row to row alone is known as well as few rows tell, however many columns there are.
  Eigen::MatrixXd table = Eigen::MatrixXd::Zero(4, 100);
  table.row(0).setOnes();
  const auto limits = intervals(resample_crossed(table, 2000, 1), 0.95);
  EXPECT_EQ(limits.low[0], 0.0);
  EXPECT_GE(limits.high[0], 0.5);
  table.setConstant(0.25);
  table(1, 7) = std::nan("");
  const auto constant = intervals(resample_crossed(table, 50, 1), 0.95);
  EXPECT_NEAR(constant.low[0], 0.25, 1e-12);
  EXPECT_NEAR(constant.high[0], 0.25, 1e-12);
  table.setConstant(std::nan(""));
  EXPECT_TRUE(std::isnan(intervals(resample_crossed(table, 50, 1), 0.95).low[0]));
}

TEST(Bootstrap, OneResampleIsItsDefinition) {
  const std::vector<float> values = {0.5F, missing, 0.25F, 1.0F};
  const auto resampled = resample({values, 1, 4}, 1, 7);
  const base::NumberStream stream("bootstrap", 7);
  std::vector<double> drawn;
  for (std::uint64_t i = 0; i < 4; ++i) {
    if (const float value = values[stream.below(4, i)]; !std::isnan(value)) {
      drawn.push_back(value);
    }
  }
  double mean = 0.0;
  double squares = 0.0;
  for (const double value : drawn) {
    mean += value / static_cast<double>(drawn.size());
  }
  for (const double value : drawn) {
    squares += (value - mean) * (value - mean);
  }
  const double variance = drawn.size() > 1 ? squares / static_cast<double>(drawn.size() - 1) : 0.0;
  EXPECT_NEAR(resampled.mean(0, 0), mean, 1e-12);
  EXPECT_NEAR(resampled.dissimilarity(0, 0), std::hypot(1.0 - mean, std::sqrt(variance)), 1e-9);
}

/// The similarities that a resample of one pair draws.
std::vector<double> drawn_values(const std::vector<float>& values, std::uint64_t resample, std::uint64_t seed) {
  const base::NumberStream stream("bootstrap", seed);
  std::vector<double> drawn;
  for (std::uint64_t i = 0; i < values.size(); ++i) {
    if (const float value = values[stream.below(values.size(), resample * values.size() + i)]; !std::isnan(value)) {
      drawn.push_back(value);
    }
  }
  return drawn;
}

std::vector<double> squares_of(std::vector<double> values) {
  for (auto& value : values) {
    value = (1.0 - value) * (1.0 - value);
  }
  return values;
}

/// Mean and standard error of the mean.
std::pair<double, double> mean_and_error(const std::vector<double>& values) {
  const auto n = static_cast<double>(values.size());
  const double mean = std::accumulate(values.begin(), values.end(), 0.0) / n;
  double sum = 0.0;
  for (const double value : values) {
    sum += (value - mean) * (value - mean);
  }
  return {mean, values.size() > 1 ? std::sqrt(sum / (n - 1.0) / n) : 0.0};
}

/// The studentised 90 % limits of a mean by its definition. of: what the mean is taken of, from similarities.
std::pair<double, double> studentised(const std::vector<float>& values, std::size_t resamples, std::uint64_t seed,
                                      const std::function<std::vector<double>(std::vector<double>)>& of) {
  std::vector<double> present;
  std::copy_if(values.begin(), values.end(), std::back_inserter(present), [](float x) { return !std::isnan(x); });
  const auto [mean, error] = mean_and_error(of(present));
  std::vector<double> t;
  for (std::uint64_t r = 0; r < resamples; ++r) {
    if (const auto drawn = of(drawn_values(values, r, seed)); !drawn.empty()) {
      const auto [drawn_mean, drawn_error] = mean_and_error(drawn);
      t.push_back((drawn_mean - mean) / std::max(drawn_error, 0.2 * error));
    }
  }
  return {mean - percentile(t, 95.0) * error, mean - percentile(t, 5.0) * error};
}

TEST(StudentisedIntervals, AreTheirDefinition) {
  constexpr std::size_t resamples = 500;
  const std::vector<std::vector<float>> pairs = {{0.5F, missing, 0.25F, 1.0F, 0.75F, 0.7F},
                                                 {0.9F, 0.9F, 0.9F, 0.1F, 0.9F, 0.9F},  // many resamples without error
                                                 {missing, missing, missing, 0.25F, 0.5F, 0.5F},  // and some empty ones
                                                 {-1.0F, 0.5F, -0.5F, 0.0F, 0.25F, -0.75F}};
  std::vector<float> values;
  for (const auto& pair : pairs) {
    values.insert(values.end(), pair.begin(), pair.end());
  }
  const PairValues given{values, pairs.size(), 6};
  const auto limits = studentised_intervals(given, resample(given, resamples, 3, true), 0.9);
  for (std::size_t pair = 0; pair < pairs.size(); ++pair) {
    const auto mean = studentised(pairs[pair], resamples, 3, [](const std::vector<double>& drawn) { return drawn; });
    EXPECT_NEAR(limits.mean.low[pair], std::min(1.0, mean.first), 1e-9) << pair;
    EXPECT_NEAR(limits.mean.high[pair], std::min(1.0, mean.second), 1e-9) << pair;
    const auto square = studentised(pairs[pair], resamples, 3, squares_of);
    EXPECT_NEAR(limits.dissimilarity.low[pair], std::sqrt(std::max(0.0, square.first)), 1e-7) << pair;
    EXPECT_NEAR(limits.dissimilarity.high[pair], std::sqrt(std::max(0.0, square.second)), 1e-7) << pair;
  }
}

TEST(StudentisedIntervals, OfEqualOneAndNoValues) {
  const std::vector<float> values = {0.25F, 0.25F,   0.25F,   1.0F,    1.0F,    1.0F,  // equal
                                     0.5F,  missing, missing, missing, missing, missing};
  const PairValues given{values, 4, 3};
  const auto limits = studentised_intervals(given, resample(given, 200, 1, true), 0.95);
  for (const auto& [pair, mean] : {std::pair<std::size_t, double>{0, 0.25}, {1, 1.0}, {2, 0.5}}) {
    EXPECT_NEAR(limits.mean.low[pair], mean, 1e-12);
    EXPECT_NEAR(limits.mean.high[pair], mean, 1e-12);
    EXPECT_NEAR(limits.dissimilarity.low[pair], 1.0 - mean, 1e-12);
    EXPECT_NEAR(limits.dissimilarity.high[pair], 1.0 - mean, 1e-12);
  }
  EXPECT_TRUE(std::isnan(limits.mean.low[3]) && std::isnan(limits.mean.high[3]));
  EXPECT_TRUE(std::isnan(limits.dissimilarity.low[3]) && std::isnan(limits.dissimilarity.high[3]));
}

/// The share of intervals that hold the truth.
double coverage(const Intervals& limits, double truth) {
  double covered = 0.0;
  for (std::size_t pair = 0; pair < limits.low.size(); ++pair) {
    covered += limits.low[pair] <= truth && truth <= limits.high[pair] ? 1.0 : 0.0;
  }
  return covered / static_cast<double>(limits.low.size());
}

TEST(StudentisedIntervals, CoverSkewedSimilaritiesOfFewImages) {
  // Beta(20, 1): means of 64 images. The standard error of a coverage over so many pairs is 0.7 %.
  constexpr std::size_t pairs = 1000;
  constexpr std::size_t images = 64;
  const base::NumberStream stream("similarity", 1);
  std::vector<float> values;
  for (std::size_t i = 0; i < pairs * images; ++i) {
    values.push_back(static_cast<float>(std::pow(stream.uniform_pair(i).first, 1.0 / 20.0)));
  }
  const PairValues given{values, pairs, images};
  const auto resampled = resample(given, 500, 1, true);
  const auto limits = studentised_intervals(given, resampled, 0.95);
  const double dissimilarity = std::sqrt(2.0 / (21.0 * 22.0));
  EXPECT_NEAR(coverage(limits.mean, 20.0 / 21.0), 0.95, 0.02);
  EXPECT_NEAR(coverage(limits.dissimilarity, dissimilarity), 0.95, 0.02);
  EXPECT_LT(coverage(intervals(resampled.dissimilarity, 0.95), dissimilarity), 0.92);
  const auto without_errors = resample(given, 500, 1);
  EXPECT_TRUE(without_errors.mean == resampled.mean && without_errors.dissimilarity == resampled.dissimilarity);
  EXPECT_EQ(without_errors.mean_error.size() + without_errors.square_error.size(), 0);
}

TEST(Differences, TellUnlikePairsApartAndEqualOnesNot) {
  constexpr std::size_t images = 100;
  auto values = tests::normal_pairs(images);
  values.insert(values.end(), values.begin(), values.begin() + images);  // the first pair once more
  const auto resampled = resample({values, 3, images}, 999, 1);
  const auto found = differences({0.4, 0.7, 0.4}, resampled.dissimilarity, {0, 1, 2}, 0.95);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_NEAR(found[0].value, -0.3, 1e-12);
  EXPECT_NEAR(found[0].p, 2.0 / 1000.0, 1e-12);
  EXPECT_LT(found[0].high, 0.0);
  EXPECT_EQ(found[1].p, 1.0);  // 0 against 2
  EXPECT_NEAR(found[0].p_adjusted, 6.0 / 1000.0, 1e-12);
}

}  // namespace
}  // namespace sightline::statistics
