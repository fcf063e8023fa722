// Axioms of Shapley values, as regression and as Gaussian process, on a game whose values are known.

#include <set>

#include <gtest/gtest.h>

#include "attribution/coalitions/shapley_process.hpp"
#include "attribution/coalitions/shapley_regression.hpp"
#include "coalition_game.hpp"

namespace sightline::attribution {
namespace {

/// A game that only some features play; 0 and 1 are alike, the last does nothing.
double game(const Eigen::RowVectorXd& row) {
  return 2.0 * row[0] * row[1] + std::max(row[2], row[3]) - 0.5 * row[0] * row[1] * row[3];
}

TEST(ShapleyRegression, IsSymmetricAndGivesADummyNothing) {
  constexpr std::int64_t features = 7;
  for (const std::int64_t evaluations : {40, 128, 200}) {
    const auto pairs = draw_pairs({"axioms", 3}, features, evaluations);
    EXPECT_LE(pairs.evaluations(), std::min<std::int64_t>(evaluations, 128));
    const auto played = tests::play(pairs, game);
    const auto estimate = solve_pairs(pairs, played.outputs, played.complements, 0.0, 2.5);
    EXPECT_NEAR(estimate.values.sum(), 2.5, 1e-12);
    if (evaluations >= 128) {  // every coalition is there
      EXPECT_NEAR(estimate.values[0], estimate.values[1], 1e-12);
      EXPECT_NEAR(estimate.values[6], 0.0, 1e-12);
      EXPECT_NEAR(estimate.values[0], 1.0 - 0.5 / 3.0, 1e-12);
      EXPECT_NEAR(estimate.standard_errors.maxCoeff(), 0.0, 1e-12);
    } else {
      EXPECT_GT(estimate.standard_errors.maxCoeff(), 0.0);
    }
  }
}

TEST(ShapleyProcess, LearnsASmoothGameFromFewPairs) {
  constexpr std::int64_t features = 7;
  for (const std::int64_t evaluations : {4, 40, 80}) {
    const auto pairs = draw_pairs({"axioms", 3}, features, evaluations);
    const auto played = tests::play(pairs, game);
    const auto estimate = fit_process(pairs, played.outputs, played.complements, 0.0, 2.5);
    EXPECT_NEAR(estimate.values.sum(), 2.5, 1e-12);
    EXPECT_GT(estimate.standard_errors.minCoeff(), 0.0);
    if (evaluations == 80) {
      EXPECT_NEAR(estimate.values[0], 1.0 - 0.5 / 3.0, 0.02);
      EXPECT_NEAR(estimate.values[1], 1.0 - 0.5 / 3.0, 0.02);
      EXPECT_NEAR(estimate.values[6], 0.0, 0.02);
    }
  }
  const auto pairs = draw_pairs({"axioms", 3}, 60, 100);  // degrees above 9 count as independent
  const Vector size = pairs.rows.rowwise().sum();
  const auto additive = fit_process(pairs, size, 60.0 - size.array(), 0.0, 60.0);
  EXPECT_NEAR((additive.values.array() - 1.0).abs().maxCoeff(), 0.0, 1e-3);
  const Vector nothing = Vector::Zero(pairs.rows.rows());
  EXPECT_EQ(fit_process(pairs, nothing, nothing, 0.0, 0.0).values, Vector(Vector::Zero(60)));
}

TEST(ShapleyRegression, DrawsEveryPairOnce) {
  for (const std::int64_t features : {2, 3, 5, 49, 200}) {
    const auto pairs = draw_pairs({"once", 1}, features, 100);
    std::set<std::vector<double>> seen;
    for (Eigen::Index i = 0; i < pairs.rows.rows(); ++i) {
      const Eigen::RowVectorXd row = pairs.rows.row(i);
      const Eigen::RowVectorXd complement = 1.0 - row.array();
      EXPECT_TRUE(seen.insert({row.begin(), row.end()}).second);
      EXPECT_TRUE(seen.insert({complement.begin(), complement.end()}).second);
    }
    EXPECT_EQ(seen.count(std::vector<double>(static_cast<std::size_t>(features), 0.0)), 0U);
  }
}

TEST(ShapleyRegression, TakesMoreFeaturesThanADoubleCanCountCoalitionsOf) {
  constexpr std::int64_t features = 1100;
  const auto pairs = draw_pairs({"many", 1}, features, 300);
  const Vector worth = Vector::LinSpaced(features, 0.0, 1.0);
  const Vector outputs = pairs.rows * worth;
  const auto made = solve_pairs(pairs, outputs, worth.sum() - outputs.array(), 0.0, worth.sum());
  EXPECT_TRUE(made.values.allFinite());
  EXPECT_TRUE(made.standard_errors.allFinite());
  EXPECT_NEAR(made.values.sum(), worth.sum(), 1e-9 * worth.sum());
}

}  // namespace
}  // namespace sightline::attribution
