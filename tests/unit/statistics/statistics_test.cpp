#include "statistics/statistics.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace sightline::statistics {
namespace {

TEST(Statistics, AreNumpysAndScipys) {
  EXPECT_DOUBLE_EQ(percentile({1, 2, 3, 4}, 25), 1.75);
  EXPECT_DOUBLE_EQ(percentile({5}, 97.5), 5.0);
  EXPECT_NEAR(pearson(std::vector<double>{1, 2, 3, 4}, std::vector<double>{1, 3, 2, 4}), 0.8, 1e-12);
  EXPECT_TRUE(std::isnan(pearson(std::vector<double>{1, 1}, std::vector<double>{1, 2})));
  const std::vector<double> rounded(10, 0.1);  // whose mean is not 0.1
  EXPECT_TRUE(std::isnan(pearson(rounded, std::vector<double>{1, 2, 3, 4, 5, 6, 7, 8, 9, 10})));
  // statsmodels: multipletests([0.01, 0.04, 0.03], method="holm")
  const auto adjusted = holm({0.01, 0.04, 0.03});
  EXPECT_NEAR(adjusted[0], 0.03, 1e-12);
  EXPECT_NEAR(adjusted[1], 0.06, 1e-12);
  EXPECT_NEAR(adjusted[2], 0.06, 1e-12);
}

}  // namespace
}  // namespace sightline::statistics
