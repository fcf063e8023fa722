#include "statistics/bootstrap.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "normal_pairs.hpp"

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
