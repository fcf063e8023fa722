#include "attribution/coalitions/lime_process.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "coalition_game.hpp"

namespace sightline::attribution {
namespace {

using Eigen::Index;
using Row = Eigen::RowVectorXd;

double lime_game(const Row& row) {
  const double sum = row[0] - 0.5 * row[1] + 0.3 * row[2] * row[3] - 0.8 * row[0] * row[4] + 0.1 * row.sum();
  return 1.0 / (1.0 + std::exp(-2.0 * sum));
}

Vector play(const Matrix& rows) {
  return tests::play(rows, lime_game);
}

/// What LIME converges to.
Regression limit(Index features, double width) {
  const auto rows = tests::all_coalitions(features);
  return ridge(rows, play(rows), lime_weights(rows, width), 0.0);
}

TEST(LimeProcess, WeighsAsLimeDoes) {
  const auto weights = lime_weights_by_size(4, 0.25);
  EXPECT_DOUBLE_EQ(weights[4], 1.0);
  EXPECT_NEAR(weights[1], std::sqrt(std::exp(-0.25 / 0.0625)), 1e-15);  // cosine 1/2
  EXPECT_NEAR(weights[0], std::sqrt(std::exp(-1.0 / 0.0625)), 1e-15);
}

TEST(LimeProcess, IsTheWeightedRegressionOnceAllIsKnown) {
  for (const double width : {0.25, 1.0}) {
    const auto rows = tests::all_coalitions(7);
    const auto expected = limit(7, width);
    const auto made = fit_lime_process(rows, play(rows), width);
    EXPECT_LT((made.coefficients - expected.coefficients).norm(), 1e-4 * expected.coefficients.norm()) << width;
    EXPECT_NEAR(made.intercept, expected.intercept, 1e-4) << width;
    EXPECT_NEAR(made.score, expected.score, 1e-4) << width;
    EXPECT_LT(made.standard_errors.maxCoeff(), 1e-2 * expected.coefficients.norm()) << width;
  }
}

TEST(LimeProcess, IsNearerToTheLimitThanTheRegressionOfTheSamples) {
  const auto expected = limit(12, 0.25);
  double own = 0.0;
  double lime = 0.0;
  double claimed = 0.0;
  for (std::uint64_t seed = 0; seed < 10; ++seed) {
    const auto rows = tests::toss_coins(150, 12, seed);
    const auto made = fit_lime_process(rows, play(rows), 0.25);
    own += (made.coefficients - expected.coefficients).squaredNorm();
    claimed += made.standard_errors.squaredNorm();
    lime += (ridge(rows, play(rows), lime_weights(rows, 0.25), 1.0).coefficients - expected.coefficients).squaredNorm();
  }
  EXPECT_LT(own, 0.2 * lime);
  EXPECT_LT(own, 5.0 * claimed);
  EXPECT_GT(own, claimed / 5.0);
}

TEST(LimeProcess, KnowsAConstantAndASingleFeature) {
  const auto rows = tests::toss_coins(20, 5, 3);
  const auto constant = fit_lime_process(rows, Vector::Constant(20, 0.7), 0.25);
  EXPECT_EQ(constant.coefficients.norm(), 0.0);
  EXPECT_DOUBLE_EQ(constant.intercept, 0.7);
  const auto one = fit_lime_process(tests::all_coalitions(1), Vector::LinSpaced(2, 0.2, 0.9), 0.25);
  EXPECT_NEAR(one.coefficients[0], 0.7, 1e-5);
  EXPECT_NEAR(one.intercept, 0.2, 1e-5);
}

TEST(LimeProcess, RefusesAWidthOfTheWholeImageAlone) {
  const auto rows = tests::toss_coins(20, 5, 3);
  EXPECT_THROW(fit_lime_process(rows, play(rows), 1e-3), base::Error);
}

}  // namespace
}  // namespace sightline::attribution
