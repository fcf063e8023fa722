#include "models/prediction.hpp"

#include <cmath>

#include <ATen/ops/tensor.h>
#include <gtest/gtest.h>

namespace sightline::models {
namespace {

TEST(PredictedClasses, AreTheFirstLargestLogitsOrNone) {
  const auto logits = at::tensor({1.0F, 3.0F, 3.0F, NAN, 9.0F, 1.0F, 0.0F, 1.0F, INFINITY, -5.0F, -7.0F, -6.0F});
  const auto predicted = predicted_classes(logits.reshape({4, 3}));
  EXPECT_EQ(predicted.scalar_type(), at::kLong);
  EXPECT_TRUE(predicted.equal(at::tensor({1, -1, -1, 0}, at::kLong))) << predicted;
}

}  // namespace
}  // namespace sightline::models
