#include "plan/work_units.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace sightline::plan {
namespace {

TEST(WorkUnits, CoverEveryMissingImageOnceAndSkipWhatIsDone) {
  std::vector<bool> missing(10, true);
  missing[4] = missing[5] = missing[6] = missing[7] = false;
  const auto units = work_units({missing, std::vector<bool>(10, true)}, 4);
  ASSERT_EQ(units.size(), 5U);
  EXPECT_EQ(units[4].group, 1U);
  EXPECT_EQ(units[0].first, 0U);
  EXPECT_EQ(units[1].first, 8U);
  EXPECT_EQ(units[1].count, 2U);
  EXPECT_TRUE(work_units({std::vector<bool>(5, false)}, 2).empty());
  EXPECT_TRUE(work_units({}, 2).empty());
}

TEST(WorkUnits, ModelsAreCutIntoAsManyGroupsAsTheRanksNeed) {
  EXPECT_EQ(group_count(14, 3125, 1, 0), 1U);
  EXPECT_EQ(group_count(14, 3125, 64, 0), 1U);
  EXPECT_EQ(group_count(14, 3125, 1024, 0), 6U) << "16 units for each of 1024 ranks";
  EXPECT_EQ(group_count(14, 10, 4096, 0), 14U);
  EXPECT_EQ(group_count(14, 3125, 1, 4), 4U) << "at most four models in memory";
  EXPECT_EQ(group_count(3, 0, 2, 0), 3U);
}

TEST(WorkUnits, TheDearestModelsComeFirst) {
  const auto groups = group_models({1.0, 5.0, 3.0, 5.0, 2.0}, 3);
  EXPECT_EQ(groups, (std::vector<ModelGroup>{{1}, {2, 3}, {0, 4}}));
}

TEST(WorkUnits, BatchesDependOnTheUnitAlone) {
  const auto parts = batches({16, 5}, 2);
  ASSERT_EQ(parts.size(), 3U);
  EXPECT_EQ(parts[2].first, 20U);
  EXPECT_EQ(parts[2].count, 1U);
}

}  // namespace
}  // namespace sightline::plan
