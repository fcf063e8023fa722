// Against scipy 1.17: jensenshannon and spearmanr.

#include "comparison/behaviour.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace sightline::comparison {
namespace {

/// Three models, the last of which has no record.
ImageBehaviour three_models() {
  ImageBehaviour image{{1, 2, -1}, 1, Eigen::MatrixXd(5, 3)};
  image.logits.col(0) << 1.0, 3.0, 2.0, 2.0, -1.0;
  image.logits.col(1) << 0.5, 2.0, 2.5, -3.0, 0.0;
  image.logits.col(2).setConstant(std::numeric_limits<double>::quiet_NaN());
  return image;
}

TEST(Behaviour, IsScipys) {
  const auto image = three_models();
  EXPECT_NEAR(behaviour_measure("jensenshannon").compare(image)(0, 1), 0.5782355357808782, 1e-12);
  EXPECT_NEAR(behaviour_measure("logits").compare(image)(0, 1), 0.4103913408340617, 1e-12);
  EXPECT_EQ(behaviour_measure("agreement").compare(image)(1, 0), 0.0);
  EXPECT_EQ(behaviour_measure("errors").compare(image)(1, 0), 0.0) << "one is right, the other wrong";
}

TEST(Behaviour, IsOneWithItselfAndNothingWithoutARecord) {
  for (const auto& measure : behaviour_measures()) {
    SCOPED_TRACE(measure.name);
    const auto found = measure.compare(three_models());
    EXPECT_NEAR(found(1, 1), 1.0, 1e-12);
    EXPECT_TRUE(std::isnan(found(0, 2)) && std::isnan(found(2, 2)));
    EXPECT_TRUE(found.topLeftCorner(2, 2).isApprox(found.topLeftCorner(2, 2).transpose()));
  }
}

TEST(Behaviour, ErrorsNeedALabel) {
  auto image = three_models();
  image.label = -1;
  EXPECT_TRUE(std::isnan(behaviour_measure("errors").compare(image)(0, 1)));
  EXPECT_THROW(behaviour_measure("kappa"), base::Error);
}

}  // namespace
}  // namespace sightline::comparison
