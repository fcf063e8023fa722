#pragma once

#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/nan.hpp"

/// What explains the dissimilarities of items: a regression on other distances between the same items.
namespace sightline::statistics {

/// What one matrix of distances says about the response. All cells are standardised (mean 0, deviation 1) first, so
/// that the coefficients of predictors in different units can be compared. NaN all, if the predictor is not used.
struct DistancePredictor {
  bool used = false;  ///< false: it is constant or not finite, or the predictors before it determine it (up to 1e-7 of
                      ///< its deviation), and it was left out; or there was nothing to fit, and all are NaN
  double coefficient = base::nan;  ///< standardised: deviations of the response for one deviation of the predictor
  double t = base::nan;  ///< the pseudo-t: coefficient / standard error as if cells were independent; infinite, or as
                         ///< large as rounding lets it be, where all predictors together leave nothing unexplained
  double p = base::nan;  ///< two-sided, by |t|, in (0, 1]; also that of `partial`, which orders permutations as t does
  double mantel = base::nan;   ///< Pearson's correlation with the response (Mantel, Cancer Research 1967), in [-1, 1]
  double partial = base::nan;  ///< partial correlation with the response, given all other used predictors (Smouse, Long
                               ///< & Sokal, Systematic Zoology 1986), in [-1, 1]. NaN, and t and p too, where the
                               ///< others leave less than 1e-6 of the response's deviation unexplained
};

/// The result of a multiple regression on distance matrices.
struct MatrixRegression {
  double r_squared = base::nan;               ///< share of the response's variance that is explained, in [0, 1]
  double p = base::nan;                       ///< of r_squared: how often it is at least as large, in (0, 1]
  std::vector<DistancePredictor> predictors;  ///< in the order they were given
  std::int64_t permutations = 0;              ///< number of permutations that were tried
  bool exact = false;                         ///< every order of the items was tried once
};

/// Multiple regression on distance matrices (Legendre, Lapointe & Casgrain, Evolution 1994; Lichstein, Plant Ecology
/// 2007): least squares with an intercept over the cells above the diagonals. Cells that share an item are not
/// independent; the tests therefore permute the items of the response, its rows and columns together, against the fixed
/// predictors. All items! orders are tried where they are at most `permutations` + 1; then p is their share, and exact.
/// Otherwise `permutations` random ones, which the seed determines, and p = (1 + as extreme) / (1 + permutations). A
/// predictor's p is exact if no predictor has an effect. It is too small where another one with a strong effect
/// correlates with it: 13 to 17 % of 14 items' p were below 0.05 in tests/benchmarks/calibration_benchmark.cpp.
/// response and each of the predictors: symmetric, row-major items x items; the diagonals are not read. All results are
/// NaN when the response is constant or not finite, no predictor can be used, or there are fewer than 3 items or no
/// degrees of freedom: items (items - 1) / 2 - 1 - used predictors. Throws base::Error(stopped) after a signal.
MatrixRegression matrix_regression(const std::vector<double>& response,
                                   const std::vector<std::vector<double>>& predictors, std::size_t items,
                                   std::int64_t permutations, std::uint64_t seed);

}  // namespace sightline::statistics
