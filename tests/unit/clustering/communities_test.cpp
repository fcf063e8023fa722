#include "clustering/communities.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace sightline::clustering {
namespace {

/// Items 0 to 2 and 3 to 5 are alike among themselves.
std::vector<double> two_groups() {
  std::vector<double> similarity(36, 0.1);
  for (std::size_t i = 0; i < 6; ++i) {
    for (std::size_t j = 0; j < 6; ++j) {
      similarity[i * 6 + j] = i / 3 == j / 3 ? 0.9 : 0.1;
    }
  }
  return similarity;
}

TEST(Communities, FindTwoGroups) {
  for (const auto& algorithm : community_algorithms()) {
    const auto found = find_communities(two_groups(), 6, algorithm, 1.0, 20, 1);
    EXPECT_EQ(found.labels, (std::vector<std::size_t>{0, 0, 0, 1, 1, 1})) << algorithm;
    EXPECT_EQ(found.distinct_partitions, 1U);
    EXPECT_EQ(found.stability, 1.0);
    // 6 edges of 0.9 within, 9 of 0.1 between: 5.4 / 6.3 - 2 (1/2)^2
    EXPECT_NEAR(found.modularity, 5.4 / 6.3 - 0.5, 1e-12);
  }
  EXPECT_THROW(find_communities(two_groups(), 6, "louvein", 1.0, 1, 1), base::Error);
}

TEST(Communities, WithoutPositiveSimilaritiesEveryItemIsAlone) {
  const auto found = find_communities(std::vector<double>(9, -0.5), 3, "louvain", 1.0, 5, 1);
  EXPECT_EQ(found.labels, (std::vector<std::size_t>{0, 1, 2}));
  EXPECT_EQ(found.modularity, 0.0);
}

}  // namespace
}  // namespace sightline::clustering
