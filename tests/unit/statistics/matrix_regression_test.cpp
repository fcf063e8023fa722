// Against the numbers of numpy, statsmodels and scikit-bio; p values by exact enumeration and by simulation.

#include "statistics/matrix_regression.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "base/random.hpp"
#include "read_json.hpp"
#include "uniform.hpp"

namespace sightline::statistics {
namespace {

using Matrix = std::vector<double>;

/// Distances of places on a line.
Matrix distances(const std::vector<double>& places) {
  Matrix matrix;
  for (const double row : places) {
    for (const double column : places) {
      matrix.push_back(std::abs(row - column));
    }
  }
  return matrix;
}

std::vector<double> normal_numbers(std::size_t count, std::uint64_t seed) {
  const base::NumberStream stream("places", seed);
  std::vector<double> numbers;
  for (std::size_t i = 0; i < count; ++i) {
    numbers.push_back(stream.normal(i));
  }
  return numbers;
}

/// The cells of a + factor b.
Matrix sum(Matrix a, double factor, const Matrix& b) {
  for (std::size_t i = 0; i < a.size(); ++i) {
    a[i] += factor * b[i];
  }
  return a;
}

/// Five standard errors of the difference of two p values, each an estimate from 9999 permutations.
double p_error(double p) {
  return 5.0 * std::sqrt(2.0 * std::max(p * (1.0 - p), 1e-4) / 9999.0);
}

TEST(MatrixRegression, IsThePeersOfTheSameCells) {
  for (const auto& known : tests::read_json("matrix_regression.json").at("cases")) {
    const auto items = known.at("items").get<std::size_t>();
    SCOPED_TRACE(items);
    const auto found = matrix_regression(known.at("response").get<Matrix>(),
                                         known.at("predictors").get<std::vector<Matrix>>(), items, 9999, 1);
    EXPECT_NEAR(found.r_squared, known.at("r_squared").get<double>(), 1e-9);
    EXPECT_EQ(found.exact, known.at("exact").get<bool>());
    EXPECT_NEAR(found.p, known.at("p").get<double>(), found.exact ? 1e-12 : p_error(found.p));
    for (std::size_t i = 0; i < found.predictors.size(); ++i) {
      const auto& term = found.predictors[i];
      EXPECT_TRUE(term.used);
      EXPECT_NEAR(term.coefficient, known.at("coefficients")[i].get<double>(), 1e-9);
      EXPECT_NEAR(term.t, known.at("t")[i].get<double>(), 1e-9);
      EXPECT_NEAR(term.mantel, known.at("mantel")[i].get<double>(), 1e-9);
      EXPECT_NEAR(term.partial, known.at("partial")[i].get<double>(), 1e-9);
      EXPECT_NEAR(term.p, known.at("p_values")[i].get<double>(), found.exact ? 1e-12 : p_error(term.p));
    }
  }
}

TEST(MatrixRegression, OnOnePredictorIsMantelsTest) {
  int cases = 0;
  for (const auto& known : tests::read_json("matrix_regression.json").at("cases")) {
    if (!known.contains("scikit_bio")) {
      continue;
    }
    ++cases;
    const auto found =
        matrix_regression(known.at("response").get<Matrix>(), known.at("predictors").get<std::vector<Matrix>>(),
                          known.at("items").get<std::size_t>(), 9999, 1);
    const auto& term = found.predictors[0];
    const double correlation = known.at("scikit_bio").get<double>();
    EXPECT_NEAR(term.coefficient, correlation, 1e-9);
    EXPECT_NEAR(term.partial, correlation, 1e-9);
    EXPECT_NEAR(term.mantel, correlation, 1e-9);
    EXPECT_NEAR(found.r_squared, correlation * correlation, 1e-9);
    EXPECT_NEAR(term.p, known.at("scikit_bio_p").get<double>(), p_error(term.p));
    EXPECT_EQ(term.p, found.p);
  }
  EXPECT_EQ(cases, 2);
}

TEST(MatrixRegression, TriesEveryOrderOnceWhereThatIsFeasible) {
  const auto response = distances(normal_numbers(5, 1));
  const std::vector<Matrix> predictors = {distances({0, 0, 1, 1, 1}), distances(normal_numbers(5, 2))};
  const auto exact = matrix_regression(response, predictors, 5, 119, 1);
  EXPECT_TRUE(exact.exact);
  EXPECT_EQ(exact.permutations, 120);
  const auto random = matrix_regression(response, predictors, 5, 118, 1);
  EXPECT_FALSE(random.exact);
  EXPECT_EQ(random.permutations, 118);
  const auto many = matrix_regression(distances(normal_numbers(8, 1)), {distances(normal_numbers(8, 2))}, 8, 999, 1);
  const auto all = matrix_regression(distances(normal_numbers(8, 1)), {distances(normal_numbers(8, 2))}, 8, 40319, 1);
  EXPECT_TRUE(all.exact);
  EXPECT_NEAR(many.p, all.p, 5.0 * std::sqrt(all.p / 999.0));
}

TEST(MatrixRegression, CountsPermutationsThatGiveTheSame) {
  // Of the 24 orders of four items in two groups of two, eight leave the groups as they are.
  const auto groups = distances({0, 0, 1, 1});
  const auto found = matrix_regression(groups, {groups}, 4, 23, 1);
  EXPECT_TRUE(found.exact);
  EXPECT_DOUBLE_EQ(found.p, 8.0 / 24.0);
  EXPECT_DOUBLE_EQ(found.predictors[0].p, 8.0 / 24.0);
}

TEST(MatrixRegression, DependsOnTheSeedAlone) {
  const auto response = distances(normal_numbers(10, 1));
  const std::vector<Matrix> predictors = {distances(normal_numbers(10, 2))};
  const double p = matrix_regression(response, predictors, 10, 999, 1).p;
  EXPECT_EQ(matrix_regression(response, predictors, 10, 999, 1).p, p);
  EXPECT_NE(matrix_regression(response, predictors, 10, 999, 2).p, p);
}

TEST(MatrixRegression, HasNoUnits) {
  const auto response = distances(normal_numbers(8, 1));
  const auto first = distances(normal_numbers(8, 2));
  const auto second = distances(normal_numbers(8, 3));
  const Matrix ones(64, 1.0);
  const auto found = matrix_regression(response, {first, second}, 8, 99, 1);
  const auto scaled = matrix_regression(sum(ones, 1e-6, response), {sum(ones, 1e6, first), second}, 8, 99, 1);
  EXPECT_NEAR(scaled.r_squared, found.r_squared, 1e-9);
  EXPECT_EQ(scaled.p, found.p);
  EXPECT_NEAR(scaled.predictors[0].coefficient, found.predictors[0].coefficient, 1e-9);
  EXPECT_NEAR(scaled.predictors[0].t, found.predictors[0].t, 1e-8);
}

void expect_unused(const DistancePredictor& term) {
  EXPECT_FALSE(term.used);
  for (const double value : {term.coefficient, term.t, term.p, term.mantel, term.partial}) {
    EXPECT_TRUE(std::isnan(value));
  }
}

TEST(MatrixRegression, LeavesOutPredictorsThatSayNothingOfTheirOwn) {
  const auto response = distances(normal_numbers(9, 1));
  const auto first = distances(normal_numbers(9, 2));
  const auto second = distances(normal_numbers(9, 3));
  auto with_nan = second;
  with_nan[1] = with_nan[9] = std::nan("");
  const Matrix constant(81, 0.1);  // whose mean is rounded
  const auto both = matrix_regression(response, {first, second}, 9, 99, 1);
  const auto found = matrix_regression(
      response, {constant, first, first, second, sum(sum(constant, -2.0, first), 0.7, second), with_nan}, 9, 99, 1);
  for (const std::size_t unused : {0, 2, 4, 5}) {
    expect_unused(found.predictors[unused]);
  }
  EXPECT_NEAR(found.r_squared, both.r_squared, 1e-12);
  EXPECT_EQ(found.p, both.p);
  for (const std::size_t i : {0, 1}) {
    const auto& term = found.predictors[i == 0 ? 1 : 3];
    EXPECT_TRUE(term.used);
    EXPECT_NEAR(term.coefficient, both.predictors[i].coefficient, 1e-12);
    EXPECT_EQ(term.p, both.predictors[i].p);
  }
}

void expect_nothing(const MatrixRegression& found) {
  EXPECT_TRUE(std::isnan(found.r_squared));
  EXPECT_TRUE(std::isnan(found.p));
  EXPECT_EQ(found.permutations, 0);
  for (const auto& term : found.predictors) {
    expect_unused(term);
  }
}

TEST(MatrixRegression, SaysNothingWhereThereIsNothing) {
  const auto three = distances({0, 1, 5});
  const auto other = distances({0, 3, 4});
  EXPECT_FALSE(std::isnan(matrix_regression(three, {other}, 3, 99, 1).p));
  expect_nothing(matrix_regression(three, {other, distances({0, 0, 1})}, 3, 99, 1));
  expect_nothing(matrix_regression(three, {}, 3, 99, 1));
  expect_nothing(matrix_regression(three, {Matrix(9, 0.1)}, 3, 99, 1));
  expect_nothing(matrix_regression(Matrix(9, 0.1), {three}, 3, 99, 1));
  expect_nothing(matrix_regression(Matrix(9, std::nan("")), {three}, 3, 99, 1));
  expect_nothing(matrix_regression({0, 1, 1, 0}, {{0, 1, 1, 0}}, 2, 99, 1));
  expect_nothing(matrix_regression({}, {{}}, 0, 99, 1));
}

TEST(MatrixRegression, KnowsAPerfectFit) {
  const auto first = distances(normal_numbers(9, 2));
  const auto second = distances(normal_numbers(9, 3));
  const auto found = matrix_regression(sum(first, 0.5, second), {first, second}, 9, 999, 1);
  EXPECT_NEAR(found.r_squared, 1.0, 1e-12);
  EXPECT_NEAR(found.p, 0.001, 1e-12);
  EXPECT_NEAR(found.predictors[0].partial, 1.0, 1e-12);
  EXPECT_GT(found.predictors[0].t, 1e12);
  EXPECT_NEAR(found.predictors[1].p, 0.001, 1e-12);
  const auto one = matrix_regression(first, {first, second}, 9, 999, 1).predictors;
  EXPECT_NEAR(one[0].coefficient, 1.0, 1e-12);
  EXPECT_NEAR(one[1].coefficient, 0.0, 1e-12);
  EXPECT_TRUE(std::isnan(one[1].partial) && std::isnan(one[1].t) && std::isnan(one[1].p)) << "nothing is left for it";
}

/// Sorted p values of the second predictor. The first one has an effect; `slope` is that of the second.
std::vector<double> regression_p_values(std::uint64_t draws, double slope) {
  const auto groups = distances({0, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1});
  std::vector<double> p;
  for (std::uint64_t draw = 0; draw < draws; ++draw) {
    const auto other = distances(normal_numbers(12, 2 * draw));
    const auto response = sum(sum(distances(normal_numbers(12, 2 * draw + 1)), 0.3, groups), slope, other);
    p.push_back(matrix_regression(response, {groups, other}, 12, 199, draw).predictors[1].p);
  }
  std::sort(p.begin(), p.end());
  return p;
}

TEST(MatrixRegression, HasUniformPValuesWithoutAnEffectAndSmallOnesWithOne) {
  constexpr int draws = 1000;
  const auto p = regression_p_values(draws, 0.0);
  EXPECT_LT(tests::distance_to_uniform(p), tests::rare_distance(p.size()))
      << "is as far in one of a hundred simulations";
  EXPECT_LT(regression_p_values(100, 1.0)[90], 0.05) << "finds an effect as large as all else";
}

}  // namespace
}  // namespace sightline::statistics
