#include "plan/schedule.hpp"

#include <gtest/gtest.h>

namespace sightline::plan {
namespace {

TEST(Schedule, OneRankDoesEverythingInTurn) {
  const auto estimate = simulate({{0, 2.0}, {0, 3.0}, {1, 1.0}}, {1.0, 0.0, {0.5, 0.25}}, 1);
  EXPECT_DOUBLE_EQ(estimate.seconds, 1.0 + 0.5 + 2.0 + 3.0 + 0.25 + 1.0);
  EXPECT_DOUBLE_EQ(estimate.efficiency, 6.0 / 7.75);
}

TEST(Schedule, ARankHoldsTheUnitItAskedForAhead) {
  // Rank 0 takes units 0 and, when it begins, 2; rank 1 takes 1 and 3. Unit 3 waits for rank 1 although 0 is idle at 2.
  const auto estimate = simulate({{0, 1.0}, {0, 10.0}, {0, 1.0}, {0, 1.0}}, {0.0, 0.0, {0.0}}, 2);
  EXPECT_DOUBLE_EQ(estimate.seconds, 11.0);
}

TEST(Schedule, EqualUnitsOnAsManyRanksAreNearlyPerfect) {
  const std::vector<TimedUnit> units(10240, {0, 1.0});
  const auto estimate = simulate(units, {0.0, 0.0005, {0.0}}, 1024);
  EXPECT_NEAR(estimate.seconds, 10.0, 0.01);
  EXPECT_GT(estimate.efficiency, 0.99);
}

TEST(Schedule, MoreRanksThanUnitsAndNoUnits) {
  EXPECT_DOUBLE_EQ(simulate({{0, 1.0}}, {0.0, 0.0, {0.0}}, 4).efficiency, 0.25);
  EXPECT_DOUBLE_EQ(simulate({}, {2.0, 0.0, {0.0}}, 4).seconds, 2.0);
}

}  // namespace
}  // namespace sightline::plan
