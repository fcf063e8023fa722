#include "clustering/support.hpp"

#include <gtest/gtest.h>

namespace sightline::clustering {
namespace {

TEST(Support, CountsTreesWithTheSameCluster) {
  // In every second resample 2 is nearer to 0 than 1 is.
  const std::vector<double> near = {0, 1, 5, 1, 0, 5, 5, 5, 0};
  const std::vector<double> far = {0, 5, 1, 5, 0, 5, 1, 5, 0};
  const auto tree = linkage(near, 3, "average");
  const auto shares = support(tree, 3, "average", 4, [&](std::size_t r) { return r % 2 == 0 ? near : far; });
  EXPECT_EQ(shares, (std::vector<double>{0.5, 1.0}));
}

}  // namespace
}  // namespace sightline::clustering
