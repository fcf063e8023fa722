#include <gtest/gtest.h>

#include "comparison/grid_map.hpp"

namespace sightline::comparison {
namespace {

TEST(Averaged, IsTheMeanOverEachCellsArea) {
  const GridMap map{4, 4, {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};
  const auto halves = averaged(map, 2);
  EXPECT_EQ(halves.rows, 2);
  EXPECT_EQ(halves.values, (std::vector<float>{3.5F, 5.5F, 11.5F, 13.5F}));
  // Cells of 4/3: the first one holds column 0 and a third of column 1, as cv2.INTER_AREA weighs them.
  const auto thirds = averaged({1, 4, {0, 3, 0, 3}}, 3);
  ASSERT_EQ(thirds.columns, 3);
  EXPECT_EQ(thirds.rows, 1);
  EXPECT_NEAR(thirds.values[0], 0.75, 1e-6);
  EXPECT_NEAR(thirds.values[1], 1.5, 1e-6);
  EXPECT_NEAR(thirds.values[2], 2.25, 1e-6);
}

TEST(Averaged, LeavesCoarserMapsAlone) {
  const GridMap map{2, 2, {1, 2, 3, 4}};
  EXPECT_EQ(averaged(map, 7).values, map.values);
  EXPECT_EQ(averaged(map, 2).values, map.values);
}

}  // namespace
}  // namespace sightline::comparison
