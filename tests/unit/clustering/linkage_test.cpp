#include "clustering/linkage.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <numeric>

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

TEST(Linkage, JoinsEveryItemOnceWhateverTheTies) {
  // Two items, items that are the same, and distances that are all equal.
  const std::vector<std::vector<double>> matrices = {
      {0, 3, 3, 0}, std::vector<double>(16, 0.0), std::vector<double>(16, 1.0), {0, 0, 5, 0, 0, 5, 5, 5, 0}};
  for (const auto& matrix : matrices) {
    const auto items = static_cast<std::size_t>(std::lround(std::sqrt(static_cast<double>(matrix.size()))));
    for (const auto& method : linkage_methods()) {
      const auto tree = linkage(matrix, items, method);
      ASSERT_EQ(tree.size(), items - 1) << method;
      EXPECT_EQ(tree.back().items, items) << method;
      auto leaves = leaf_order(tree, items);
      std::sort(leaves.begin(), leaves.end());
      std::vector<std::size_t> all(items);
      std::iota(all.begin(), all.end(), 0);
      EXPECT_EQ(leaves, all) << method;
    }
  }
  EXPECT_EQ(linkage({0, 3, 3, 0}, 2, "ward")[0].height, 3.0);
}

TEST(Linkage, RefusesWhatIsNoDistance) {
  const double infinite = std::numeric_limits<double>::infinity();
  for (const auto& method : linkage_methods()) {
    EXPECT_THROW(linkage({0, -5, 1, -5, 0, 1, 1, 1, 0}, 3, method), base::Error) << method;
    EXPECT_THROW(linkage({0, infinite, infinite, 0}, 2, method), base::Error) << method;
    EXPECT_THROW(linkage({0, std::nan(""), std::nan(""), 0}, 2, method), base::Error) << method;
    EXPECT_THROW(linkage({0, 1, 1}, 2, method), base::Error) << method;
    // Below 0 by rounding is 0.
    EXPECT_EQ(linkage({0, -1e-9, 1, -1e-9, 0, 1, 1, 1, 0}, 3, method)[0].height, 0.0) << method;
  }
}

}  // namespace
}  // namespace sightline::clustering
