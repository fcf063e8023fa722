#include "statistics/image_count.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "normal_pairs.hpp"

namespace sightline::statistics {
namespace {

std::vector<SubsetErrors> errors_of(const PairValues& values, const std::vector<std::int64_t>& counts) {
  const auto sizes = subset_sizes(counts, values.images);
  return subset_errors(subset_dissimilarities(values, sizes, 25, 1), sizes, 25);
}

TEST(SubsetErrors, ShrinkWithTheImagesAndVanishWithAll) {
  constexpr std::size_t images = 64;
  const auto values = tests::normal_pairs(images);
  EXPECT_EQ(powers_of_two_below(64), (std::vector<std::int64_t>{2, 4, 8, 16, 32}));
  const auto errors = errors_of({values, 2, images}, {4, 32, 64, 100});
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
  EXPECT_EQ(images_needed(errors, 1e-6), 64);
  EXPECT_EQ(images_needed(errors, 10.0), 4);
  EXPECT_FALSE(images_needed({errors[0]}, 1e-6).has_value());
}

TEST(SubsetErrors, AreAscendingBySizeInWhateverOrderTheSizesAreGiven) {
  constexpr std::size_t images = 64;
  const auto values = tests::normal_pairs(images);
  const auto ascending = errors_of({values, 2, images}, {4, 32, 64});
  const auto given = errors_of({values, 2, images}, {64, 4, 32});
  ASSERT_EQ(given.size(), 3U);
  for (std::size_t i = 0; i < given.size(); ++i) {
    EXPECT_EQ(given[i].images, ascending[i].images);
    EXPECT_EQ(given[i].mean_absolute, ascending[i].mean_absolute);
  }
  EXPECT_EQ(images_needed(given, 1e-6), 64);  // in the order given, 32 would pass for the largest size
}

TEST(SubsetErrors, OfSomePairsAreThoseOfAll) {
  constexpr std::size_t images = 64;
  const auto values = tests::normal_pairs(images);
  const auto all = subset_dissimilarities({values, 2, images}, {4, 32}, 5, 1);
  const auto second = subset_dissimilarities({std::span(values).subspan(images), 1, images}, {4, 32}, 5, 1);
  ASSERT_EQ(all.rows(), 11);
  EXPECT_EQ(all.col(1), second.col(0));
}

TEST(SplitHalves, AreTheTwoHalvesOfTheImages) {
  // Pair p has the value p / 10 in all images but the last one, which each split has in one half at most.
  constexpr std::size_t images = 9;
  std::vector<float> values;
  for (std::size_t pair = 0; pair < 4; ++pair) {
    values.insert(values.end(), images, static_cast<float>(pair) / 10.0F);
  }
  const auto halves = half_dissimilarities({values, 4, images}, 5, 1);
  ASSERT_EQ(halves.rows(), 10);
  EXPECT_NEAR(halves(3, 2), 0.8, 1e-6);
  const auto sure = split_half_reliability(halves);
  EXPECT_NEAR(sure.correlation, 1.0, 1e-9);
  EXPECT_NEAR(sure.reliability, 1.0, 1e-9);
  EXPECT_TRUE(std::isnan(split_half_reliability(halves.leftCols(2)).reliability)) << "two pairs have no correlation";
}

TEST(SplitHalves, AreCorrectedByTheFormulaOfSpearmanAndBrown) {
  Eigen::MatrixXd halves(2, 4);
  halves << 1.0, 2.0, 3.0, 4.0, 2.0, 1.0, 4.0, 3.0;  // Pearson's correlation is 0.6
  const auto found = split_half_reliability(halves);
  EXPECT_NEAR(found.correlation, 0.6, 1e-12);
  EXPECT_NEAR(found.reliability, 1.2 / 1.6, 1e-12);
  EXPECT_NEAR(found.low, found.high, 1e-12);
}

}  // namespace
}  // namespace sightline::statistics
