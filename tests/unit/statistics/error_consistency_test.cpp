// Against statsmodels 0.14: cohens_kappa of the table of right and wrong images.

#include "statistics/error_consistency.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace sightline::statistics {
namespace {

TEST(ErrorConsistency, IsCohensKappaOfRightAndWrong) {
  const auto some = error_consistency({40, 10, 5, 20}, 0.95);
  EXPECT_DOUBLE_EQ(some.observed, 60.0 / 75.0);
  EXPECT_NEAR(some.expected, (50.0 * 45.0 + 25.0 * 30.0) / (75.0 * 75.0), 1e-15);
  EXPECT_NEAR(some.kappa, 0.5714285714285715, 1e-12);
  EXPECT_NEAR(some.low, 0.3807700702826403, 1e-12);
  EXPECT_NEAR(some.high, 0.7620870725745027, 1e-12);
  const auto few = error_consistency({3, 1, 2, 90}, 0.95);
  EXPECT_NEAR(few.kappa, 0.6504854368932043, 1e-12);
  EXPECT_NEAR(few.low, 0.28233969246803636, 1e-12);
}

TEST(ErrorConsistency, SaysNothingOfAModelThatIsAlwaysRight) {
  const auto found = error_consistency({5, 3, 0, 0}, 0.95);
  EXPECT_DOUBLE_EQ(found.observed, 5.0 / 8.0);
  EXPECT_DOUBLE_EQ(found.expected, 5.0 / 8.0);
  EXPECT_TRUE(std::isnan(found.kappa) && std::isnan(found.low));
  EXPECT_TRUE(std::isnan(error_consistency({}, 0.95).observed));
}

}  // namespace
}  // namespace sightline::statistics
