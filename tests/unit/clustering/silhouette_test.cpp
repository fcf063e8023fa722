#include "clustering/silhouette.hpp"

#include <gtest/gtest.h>

#include "clustering/linkage.hpp"

namespace sightline::clustering {
namespace {

TEST(Silhouette, IsScikitLearns) {
  const std::vector<double> distances = {0, 1, 4, 6, 9, 1, 0, 3, 5, 8, 4, 3, 0, 2, 7, 6, 5, 2, 0, 2.5, 9, 8, 7, 2.5, 0};
  EXPECT_NEAR(silhouette(distances, {0, 0, 1, 1, 1}), 0.49289372048659974, 1e-12);
  EXPECT_NEAR(silhouette(distances, {0, 0, 1, 1, 2}), 0.4357142857142858, 1e-12);
  EXPECT_NEAR(silhouette(distances, {0, 1, 1, 1, 1}), 0.002314814814814815, 1e-12);
}

TEST(Silhouette, ChoosesTheCutOrNone) {
  const std::vector<double> two = {0, 1, 8, 9, 1, 0, 9, 8, 8, 9, 0, 1, 9, 8, 1, 0};
  const auto best = best_partition(linkage(two, 4, "average"), two, 4, 8, 0.25);
  EXPECT_EQ(best.clusters, (std::vector<std::size_t>{0, 0, 1, 1}));
  EXPECT_GT(best.silhouette, 0.8);
  const std::vector<double> even = {0, 5, 5, 5, 0, 5, 5, 5, 0};
  EXPECT_EQ(best_partition(linkage(even, 3, "average"), even, 3, 8, 0.25).clusters,
            (std::vector<std::size_t>{0, 0, 0}));
  EXPECT_EQ(best_partition({}, {0.0}, 1, 8, 0.25).clusters, std::vector<std::size_t>{0});
}

}  // namespace
}  // namespace sightline::clustering
