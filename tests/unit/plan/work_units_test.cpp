#include "plan/work_units.hpp"

#include <numeric>

#include <gtest/gtest.h>

namespace sightline::plan {
namespace {

TEST(WorkUnits, CoverEveryMissingImageOnceAndSkipWhatIsDone) {
  std::vector<bool> missing(10, true);
  missing[4] = missing[5] = missing[6] = missing[7] = false;
  const auto units = work_units({missing, std::vector<bool>(10, true)}, {.chunk = 4});
  ASSERT_EQ(units.size(), 5U);
  EXPECT_EQ(units[4].group, 1U);
  EXPECT_EQ(units[0].first, 0U);
  EXPECT_EQ(units[1].first, 8U);
  EXPECT_EQ(units[1].count, 2U);
  EXPECT_TRUE(work_units({std::vector<bool>(5, false)}, {.chunk = 2}).empty());
  EXPECT_TRUE(work_units({}, {.chunk = 2}).empty());
}

TEST(WorkUnits, AreCutByTimeAtBatchesAndThenAtImages) {
  const auto counts = [](double image_seconds, std::size_t ranks) {
    std::vector<std::size_t> found;
    for (const auto& unit : work_units({std::vector<bool>(64, true)}, {16, 4, {image_seconds}, ranks})) {
      EXPECT_EQ(unit.first, std::accumulate(found.begin(), found.end(), std::size_t{0}));
      found.push_back(unit.count);
    }
    return found;
  };
  EXPECT_EQ(counts(0.01, 4), (std::vector<std::size_t>{16, 16, 16, 16})) << "they take less than a second";
  const auto fine = counts(1.0, 1);  // of 64 s at most a quarter of what is left
  EXPECT_EQ(fine.front(), 16U);
  EXPECT_LE(fine.back(), 4U);
  EXPECT_EQ(counts(10.0, 1).front(), 3U) << "of a batch that takes 40 s, the images of 30 s";
  EXPECT_EQ(counts(100.0, 1), std::vector<std::size_t>(64, 1));
}

TEST(WorkUnits, KnowTheBatchesThatTheyBelongTo) {
  const UnitSizes sizes{16, 4};
  const auto found = batches_of({21, 1, 0}, sizes, 100);
  ASSERT_EQ(found.size(), 1U);
  EXPECT_EQ(found[0].first, 20U);
  EXPECT_EQ(found[0].count, 4U);
  EXPECT_EQ(batches_of({16, 16, 0}, sizes, 100).size(), 4U);
  EXPECT_EQ(batches_of({96, 4, 0}, sizes, 98).back().count, 2U) << "the last one is shorter";
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
