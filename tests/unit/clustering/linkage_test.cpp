#include "clustering/linkage.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace sightline::clustering {
namespace {

// Two close pairs far apart: {0, 2} at 1, {1, 3} at 2, everything else at 10.
const std::vector<double> two_pairs = {0, 10, 1, 10, 10, 0, 10, 2, 1, 10, 0, 10, 10, 2, 10, 0};

TEST(Linkage, MergesTheClosePairsFirstByEveryMethod) {
  for (const auto& method : linkage_methods()) {
    const auto tree = linkage(two_pairs, 4, method);
    ASSERT_EQ(tree.size(), 3U);
    EXPECT_EQ(tree[0].left, 0U);
    EXPECT_EQ(tree[0].right, 2U);
    EXPECT_EQ(tree[0].height, 1.0);
    EXPECT_EQ(tree[1].left, 1U);
    EXPECT_EQ(tree[1].right, 3U);
    EXPECT_EQ(tree[2].items, 4U);
    EXPECT_EQ(leaf_order(tree, 4), (std::vector<std::size_t>{0, 2, 1, 3})) << method;
  }
}

TEST(Linkage, AverageHeightIsTheMeanDistance) {
  EXPECT_DOUBLE_EQ(linkage(two_pairs, 4, "average")[2].height, 10.0);
}

TEST(Linkage, OfOneItemIsEmptyAndUnknownMethodsAreRefused) {
  EXPECT_TRUE(linkage({0.0}, 1, "average").empty());
  EXPECT_THROW(linkage(two_pairs, 4, "averge"), base::Error);
}

}  // namespace
}  // namespace sightline::clustering
