// Bootstrap, subsets of images, Mantel's test and the small statistics below them.

#include <algorithm>
#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "comparison/pair_statistics.hpp"
#include "statistics/bootstrap.hpp"
#include "statistics/image_count.hpp"
#include "statistics/mantel.hpp"
#include "statistics/statistics.hpp"

namespace sightline::comparison {
namespace {

constexpr float missing = std::numeric_limits<float>::quiet_NaN();

/// Two pairs over `images`: normal values around 0.6 and 0.3 with deviation 0.1.
std::vector<float> two_pairs(std::size_t images) {
  const base::NumberStream stream("pairs", 2);
  std::vector<float> values(2 * images);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>((i < images ? 0.6 : 0.3) + 0.1 * stream.normal(i));
  }
  return values;
}

TEST(Statistics, AreNumpysAndScipys) {
  EXPECT_DOUBLE_EQ(statistics::percentile({1, 2, 3, 4}, 25), 1.75);
  EXPECT_DOUBLE_EQ(statistics::percentile({5}, 97.5), 5.0);
  EXPECT_NEAR(statistics::pearson(std::vector<double>{1, 2, 3, 4}, std::vector<double>{1, 3, 2, 4}), 0.8, 1e-12);
  EXPECT_TRUE(std::isnan(statistics::pearson(std::vector<double>{1, 1}, std::vector<double>{1, 2})));
  // statsmodels: multipletests([0.01, 0.04, 0.03], method="holm")
  const auto adjusted = statistics::holm({0.01, 0.04, 0.03});
  EXPECT_NEAR(adjusted[0], 0.03, 1e-12);
  EXPECT_NEAR(adjusted[1], 0.06, 1e-12);
  EXPECT_NEAR(adjusted[2], 0.06, 1e-12);
}

TEST(Bootstrap, IntervalOfTheMeanIsAsWideAsTheoryAsks) {
  constexpr std::size_t images = 400;
  const auto values = two_pairs(images);
  const auto resampled = statistics::resample({values, 2, images}, 4000, 1);
  const auto limits = statistics::intervals(resampled.mean, 0.95);
  const double width = limits.high[0] - limits.low[0];
  EXPECT_NEAR(width, 2.0 * 1.96 * 0.1 / std::sqrt(400.0), 0.15 * width);
  EXPECT_LT(limits.low[0], 0.6);
  EXPECT_GT(limits.high[0], 0.59);
  EXPECT_TRUE(statistics::resample({values, 2, images}, 4000, 1).mean == resampled.mean);
  EXPECT_TRUE(statistics::resample({values, 2, images}, 300, 1).mean == resampled.mean.topRows(300));
  EXPECT_FALSE(statistics::resample({values, 2, images}, 300, 2).mean == resampled.mean.topRows(300));
}

TEST(Bootstrap, CrossedDrawsRowsAndColumns) {
  // What differs from row to row alone is known as well as few rows tell, however many columns there are.
  Eigen::MatrixXd table = Eigen::MatrixXd::Zero(4, 100);
  table.row(0).setOnes();
  const auto limits = statistics::intervals(statistics::resample_crossed(table, 2000, 1), 0.95);
  EXPECT_EQ(limits.low[0], 0.0);
  EXPECT_GE(limits.high[0], 0.5);
  table.setConstant(0.25);
  table(1, 7) = std::nan("");
  const auto constant = statistics::intervals(statistics::resample_crossed(table, 50, 1), 0.95);
  EXPECT_NEAR(constant.low[0], 0.25, 1e-12);
  EXPECT_NEAR(constant.high[0], 0.25, 1e-12);
  table.setConstant(std::nan(""));
  EXPECT_TRUE(std::isnan(statistics::intervals(statistics::resample_crossed(table, 50, 1), 0.95).low[0]));
}

TEST(Bootstrap, OneResampleIsItsDefinition) {
  const std::vector<float> values = {0.5F, missing, 0.25F, 1.0F};
  const auto resampled = statistics::resample({values, 1, 4}, 1, 7);
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
  auto values = two_pairs(images);
  values.insert(values.end(), values.begin(), values.begin() + images);  // the first pair once more
  const auto resampled = statistics::resample({values, 3, images}, 999, 1);
  const auto found = statistics::differences({0.4, 0.7, 0.4}, resampled.dissimilarity, {0, 1, 2}, 0.95);
  ASSERT_EQ(found.size(), 3U);
  EXPECT_NEAR(found[0].value, -0.3, 1e-12);
  EXPECT_NEAR(found[0].p, 2.0 / 1000.0, 1e-12);
  EXPECT_LT(found[0].high, 0.0);
  EXPECT_EQ(found[1].p, 1.0);  // 0 against 2
  EXPECT_NEAR(found[0].p_adjusted, 6.0 / 1000.0, 1e-12);
}

TEST(SubsetErrors, ShrinkWithTheImagesAndVanishWithAll) {
  constexpr std::size_t images = 64;
  const auto values = two_pairs(images);
  EXPECT_EQ(statistics::powers_of_two_below(64), (std::vector<std::int64_t>{2, 4, 8, 16, 32}));
  const auto errors = statistics::subset_errors({values, 2, images}, {4, 32, 64, 100}, 25, 1);
  ASSERT_EQ(errors.size(), 3U);
  const auto mean = [](const std::vector<double>& all) {
    double sum = 0.0;
    for (const double value : all) {
      sum += value / static_cast<double>(all.size());
    }
    return sum;
  };
  EXPECT_EQ(errors[0].sum_absolute.size(), 25U);
  EXPECT_GT(mean(errors[0].mean_absolute), 2.0 * mean(errors[1].mean_absolute));
  EXPECT_NEAR(mean(errors[2].sum_absolute), 0.0, 1e-12);
  EXPECT_GT(errors[0].cell_variances[0], errors[1].cell_variances[0]);
  EXPECT_EQ(statistics::images_needed(errors, 1e-6), 64);
  EXPECT_EQ(statistics::images_needed(errors, 10.0), 4);
  EXPECT_FALSE(statistics::images_needed({errors[0]}, 1e-6).has_value());
}

TEST(Mantel, CountsEveryPermutationOfFourItems) {
  // All 24 orders by hand: the permutation test must come close to their share.
  const std::vector<double> x = {0, 1, 2, 3, 1, 0, 4, 5, 2, 4, 0, 6, 3, 5, 6, 0};
  const std::vector<double> y = {0, 2, 1, 3, 2, 0, 4, 6, 1, 4, 0, 5, 3, 6, 5, 0};
  std::vector<std::size_t> order = {0, 1, 2, 3};
  const auto correlation = [&] {
    std::vector<double> a;
    std::vector<double> b;
    for (std::size_t i = 0; i < 4; ++i) {
      for (std::size_t j = i + 1; j < 4; ++j) {
        a.push_back(x[i * 4 + j]);
        b.push_back(y[order[i] * 4 + order[j]]);
      }
    }
    return statistics::pearson(a, b);
  };
  const double own = correlation();
  double as_extreme = 0.0;
  do {
    as_extreme += std::abs(correlation()) >= std::abs(own) - 1e-12 ? 1.0 : 0.0;
  } while (std::next_permutation(order.begin(), order.end()));
  const auto test = statistics::mantel(x, y, 4, 9999, 1);
  EXPECT_NEAR(test.correlation, own, 1e-12);
  EXPECT_NEAR(test.p, as_extreme / 24.0, 0.02);
  EXPECT_TRUE(std::isnan(statistics::mantel(x, std::vector<double>(16, 1.0), 4, 99, 1).correlation));
}

TEST(KeepMatching, LeavesOutImagesOfDifferentClasses) {
  std::vector<float> values = {1, 1, 1, 2, 2, 2, 3, 3, 3};  // pairs (0,0), (0,1), (1,1) over three images
  keep_matching(values, {{5, 6, 7}, {5, 0, 7}});
  EXPECT_EQ(values[3], 2.0F);
  EXPECT_TRUE(std::isnan(values[4]));
  EXPECT_EQ(values[8], 3.0F);
}

}  // namespace
}  // namespace sightline::comparison
