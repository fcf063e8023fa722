#include "focus/out_of_distribution.hpp"

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>

#include "base/random.hpp"

namespace sightline::focus {
namespace {

struct Features {
  at::Tensor values;  ///< N x F, float32
  at::Tensor labels;  ///< N, int64
};

/// `count` points of each of two classes around (0, 0, 0) and (10, 0, 0), with deviations 1, 2 and 0.
Features two_classes(std::int64_t count, const std::string& name) {
  const base::NumberStream stream(name, 1);
  Features made{at::zeros({2 * count, 3}), at::zeros({2 * count}, at::kLong)};
  for (std::int64_t i = 0; i < 2 * count; ++i) {
    made.labels[i] = i % 2;
    made.values[i][0] = 10.0 * static_cast<double>(i % 2) + stream.normal(static_cast<std::uint64_t>(2 * i));
    made.values[i][1] = 2.0 * stream.normal(static_cast<std::uint64_t>(2 * i + 1));
  }
  return made;
}

TEST(FeatureDistances, AreMahalanobisWithADiagonalCovariance) {
  // Class 0: (0, 0), (2, 4); class 1: (10, 0), (12, 4). Spread: sqrt(4 / 2), sqrt(16 / 2).
  const Features images{at::tensor({0.0F, 0.0F, 2.0F, 4.0F, 10.0F, 0.0F, 12.0F, 4.0F}).view({4, 2}),
                        at::tensor({0, 0, 1, 1}, at::kLong)};
  const auto found = feature_distances(images.values, images.labels, at::tensor({1.0F, 2.0F, 1.0F, 6.0F}).view({2, 2}));
  // (0, 0) to (2, 4), its class without itself: sqrt((4 / 2 + 16 / 8) / 2).
  EXPECT_NEAR(found.images[0], std::sqrt(2.0), 1e-12);
  EXPECT_NEAR(found.mosaics[0], 0.0, 1e-6);
  EXPECT_NEAR(found.mosaics[1], std::sqrt(16.0 / 8.0 / 2.0), 1e-12);
  EXPECT_EQ(found.beyond_95, 0.0);
  EXPECT_EQ(found.auroc, 0.0);
}

TEST(FeatureDistances, TellStrangersFromTheirLike) {
  const auto images = two_classes(100, "images");
  const auto like = feature_distances(images.values, images.labels, two_classes(100, "like").values);
  EXPECT_NEAR(like.auroc, 0.5, 0.1);
  EXPECT_LT(like.beyond_95, 0.12);
  const auto strange = feature_distances(images.values, images.labels, two_classes(100, "like").values + 5.0);
  EXPECT_GT(strange.auroc, 0.95);
  EXPECT_GT(strange.beyond_95, 0.8);
}

TEST(FeatureDistances, ManageOneImageAClass) {
  const Features images{at::tensor({0.0F, 0.0F, 2.0F, 0.0F, 0.0F, 2.0F}).view({3, 2}),
                        at::tensor({0, 1, 2}, at::kLong)};
  const auto found = feature_distances(images.values, images.labels, images.values);
  for (std::size_t i = 0; i < 3; ++i) {
    EXPECT_GT(found.images[i], 0.1) << "to another class";
    EXPECT_NEAR(found.mosaics[i], 0.0, 1e-6);
  }
}

TEST(FeatureMap, LiesAlongTheWidestSpread) {
  const auto images = two_classes(50, "map");
  const auto map = feature_map(images.values, images.values + 1.0);
  EXPECT_EQ(map.images.sizes(), (std::vector<std::int64_t>{100, 2}));
  EXPECT_GT(map.images[1][0].item<float>() - map.images[0][0].item<float>(), 3.0F) << "class 1 against class 0";
  EXPECT_NEAR(map.images.mean(0).abs().max().item<double>(), 0.0, 1e-4);
}

}  // namespace
}  // namespace sightline::focus
