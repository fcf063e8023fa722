#include "models/weights/parameters.hpp"

#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>

#include "small_models.hpp"

namespace sightline::models {
namespace {

TEST(RandomParameters, FollowTimmsInitialisation) {
  const auto source = random_parameters(3);
  const auto weight = source->take("conv.weight", {200, 100}, Init::normal(0.5));
  EXPECT_NEAR(weight.mean().item<double>(), 0.0, 0.02);
  EXPECT_NEAR(weight.std().item<double>(), 0.5, 0.02);
  const auto bound = source->take("fc.weight", {200, 100}, Init::uniform(0.1)).abs().max().item<double>();
  EXPECT_LE(bound, 0.1);
  EXPECT_GT(bound, 0.099);
  EXPECT_EQ(source->take("bn.weight", {4}, Init::ones()).sum().item<double>(), 4.0);
  EXPECT_EQ(tests::distance(random_parameters(3)->take("conv.weight", {200, 100}, Init::normal(0.5)), weight), 0.0);
  EXPECT_GT(tests::distance(random_parameters(4)->take("conv.weight", {200, 100}, Init::normal(0.5)), weight), 1.0);
}

}  // namespace
}  // namespace sightline::models
