#pragma once

#include <vector>

#include <Eigen/Core>

/// The regressions behind KernelSHAP and LIME, in float64. Rows are coalitions (1 = present), columns features.
namespace sightline::attribution {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

/// The phi that minimises sum_i weights_i (outputs_i - empty - rows_i phi)^2 subject to sum phi = full - empty, exactly
/// (to rounding). Rank-deficient systems give the solution nearest to equal shares.
Vector constrained_least_squares(const Matrix& rows, const Vector& outputs, const Vector& weights, double empty,
                                 double full);

/// For rows that sum to 0: the same with one more row that asks for a solution of sum 0, which the others leave open. A
/// decomposition would see that only through rounding.
Matrix with_sum_row(const Matrix& rows);

struct Regression {
  Vector coefficients;
  Vector standard_errors;  ///< heteroscedasticity-consistent (HC1) sandwich estimate
  double intercept = 0.0;
  double score = 0.0;  ///< weighted R^2
};

/// Weighted least squares with an intercept, which is not penalised, plus alpha |coefficients|^2; scikit-learn's Ridge,
/// and LinearRegression for alpha = 0.
Regression ridge(const Matrix& rows, const Vector& outputs, const Vector& weights, double alpha);

}  // namespace sightline::attribution
