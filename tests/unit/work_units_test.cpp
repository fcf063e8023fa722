#include "plan/work_units.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace sightline::plan {
namespace {

TEST(WorkUnits, CoverEveryMissingImageOnceAndSkipWhatIsDone) {
  std::vector<bool> missing(10, true);
  missing[4] = missing[5] = missing[6] = missing[7] = false;
  const auto units = work_units(missing, 4);
  ASSERT_EQ(units.size(), 2U);
  EXPECT_EQ(units[0].first, 0U);
  EXPECT_EQ(units[1].first, 8U);
  EXPECT_EQ(units[1].count, 2U);
  EXPECT_TRUE(work_units(std::vector<bool>(5, false), 2).empty());
  EXPECT_TRUE(work_units({}, 2).empty());
}

TEST(WorkUnits, BatchesDependOnTheUnitAlone) {
  const auto parts = batches({16, 5}, 2);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[2].first, 20U);
  EXPECT_EQ(parts[2].count, 1U);
}

}  // namespace
}  // namespace sightline::plan
