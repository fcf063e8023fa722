#include "plan/schedule.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "plan/work_units.hpp"

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

/// The efficiency of fourteen models of 0.2 to 2 s an image over 2000 images, whose units are cut by other costs:
/// `slower` times too small, and for each model by a random factor of up to 2^spread more or less.
double efficiency(double slower, double spread, std::size_t ranks) {
  constexpr std::size_t images = 2000;
  constexpr std::size_t chunk = 16;
  const base::NumberStream numbers("costs", 1);
  std::vector<double> real;
  std::vector<double> believed;
  for (std::size_t model = 0; model < 14; ++model) {
    real.push_back(0.2 + 1.8 * static_cast<double>(model) / 13.0);
    believed.push_back(real.back() / slower * std::exp2(spread * (2.0 * numbers.uniform(model) - 1.0)));
  }
  const auto groups = group_models(believed, group_count(real.size(), images / chunk, ranks, 0));
  const std::vector<std::vector<bool>> missing(groups.size(), std::vector<bool>(images, true));
  const auto seconds = sums_by_group(groups, real);
  std::vector<TimedUnit> units;
  for (const auto& unit : work_units(missing, {chunk, 8, sums_by_group(groups, believed), ranks})) {
    units.push_back({unit.group, seconds[unit.group] * static_cast<double>(unit.count)});
  }
  return simulate(units, {0.0, 0.0005, std::vector<double>(groups.size(), 0.0)}, ranks).efficiency;
}

// So units need not be cut again while a job runs: they shrink towards the end by what is left, and ranks ask for them.
TEST(Schedule, UnitsCutByWrongCostsCostAPercent) {
  for (const std::size_t ranks : {2, 16, 64}) {
    const double right = efficiency(1.0, 0.0, ranks);
    EXPECT_GT(right, 0.98) << ranks;
    for (const auto& [slower, spread] : {std::pair(4.0, 0.0), {0.25, 0.0}, {1.0, 3.3}, {4.0, 1.6}}) {
      EXPECT_GT(efficiency(slower, spread, ranks), right - 0.015) << ranks << " ranks, " << slower << ", " << spread;
    }
  }
}

}  // namespace
}  // namespace sightline::plan
