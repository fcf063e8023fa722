// Rank tests against scipy and scikit-posthocs.

#include "statistics/rank_tests.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace sightline::statistics {
namespace {

TEST(RankTests, AreScipys) {
  const std::vector<std::vector<double>> blocks = {{0.6, 0.3, 0.0, 0.0}, {0.8, 0.9, 0.6, 0.7}, {0.5, 0.9, 0.8, 0.0},
                                                   {0.9, 0.0, 0.7, 0.2}, {0.9, 0.5, 0.3, 0.4}, {0.0, 0.1, 0.7, 0.6}};
  const auto test = friedman(blocks);
  EXPECT_NEAR(test.statistic, 2.7966101694915255, 1e-12);
  EXPECT_NEAR(test.p, 0.4240582475652117, 1e-12);
  EXPECT_NEAR(nemenyi(1.5, 4, 6), 0.18328657955037886, 1e-9);
  EXPECT_NEAR(nemenyi(-0.9, 5, 20), 0.3734806214642936, 1e-9);
  EXPECT_NEAR(kendall({1, 2, 3, 4, 5, 5}, {2, 1, 3, 3, 5, 4}), 0.7857142857142858, 1e-12);
}

TEST(RankTests, TellNothingFromNothing) {
  EXPECT_TRUE(std::isnan(friedman({{1.0, 1.0}, {2.0, 2.0}}).p));
  EXPECT_TRUE(std::isnan(friedman({{1.0, 2.0}}).p));
}

}  // namespace
}  // namespace sightline::statistics
