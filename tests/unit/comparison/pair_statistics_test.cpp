#include "comparison/pair_statistics.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace sightline::comparison {
namespace {

TEST(KeepMatching, LeavesOutImagesOfDifferentClasses) {
  std::vector<float> values = {1, 1, 1, 2, 2, 2, 3, 3, 3};  // pairs (0,0), (0,1), (1,1) over three images
  keep_matching(values, 0, {{5, 6, 7}, {5, 0, 7}});
  EXPECT_EQ(values[3], 2.0F);
  EXPECT_TRUE(std::isnan(values[4]));
  EXPECT_EQ(values[8], 3.0F);
  std::vector<float> of_one_pair = {2, 2, 2};
  keep_matching(of_one_pair, 1, {{5, 6, 7}, {5, 0, 7}});
  EXPECT_TRUE(std::isnan(of_one_pair[1]) && of_one_pair[0] == 2.0F && of_one_pair[2] == 2.0F);
}

}  // namespace
}  // namespace sightline::comparison
