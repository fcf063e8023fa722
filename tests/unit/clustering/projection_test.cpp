#include "clustering/projection.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace sightline::clustering {
namespace {

TEST(ClassicalMds, GivesBackPointsOfAPlane) {
  const std::vector<std::pair<double, double>> points = {{0, 0}, {3, 0}, {0, 4}, {3, 4}, {1, 1}};
  const auto items = points.size();
  std::vector<double> distances(items * items);
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = 0; j < items; ++j) {
      distances[i * items + j] = std::hypot(points[i].first - points[j].first, points[i].second - points[j].second);
    }
  }
  const auto found = classical_mds(distances, items, 2);
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = 0; j < items; ++j) {
      EXPECT_NEAR(std::hypot(found.coordinates[2 * i] - found.coordinates[2 * j],
                             found.coordinates[2 * i + 1] - found.coordinates[2 * j + 1]),
                  distances[i * items + j], 1e-9);
    }
  }
  EXPECT_NEAR(found.share[0] + found.share[1], 1.0, 1e-9);
}

TEST(PrincipalComponents, PutTheVarianceInTheFirst) {
  // Rows on a line in the direction (1, -2, 2).
  const auto found = principal_components({1, -2, 2, 0, 0, 0, -1, 2, -2}, 3, 2);
  EXPECT_NEAR(found.share[0], 1.0, 1e-12);
  EXPECT_NEAR(std::abs(found.coordinates[0]), 3.0, 1e-12);
  EXPECT_NEAR(found.coordinates[2], 0.0, 1e-12);
}

}  // namespace
}  // namespace sightline::clustering
