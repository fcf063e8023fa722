#pragma once

#include <vector>

#include <Eigen/Core>

/// The regressions behind KernelSHAP and LIME, in float64. Each row is a coalition and each column a feature (1 =
/// present, 0 = absent).
namespace sightline::attribution {

using Matrix = Eigen::MatrixXd;
using Vector = Eigen::VectorXd;

/// The phi (one number per feature) that minimises sum_i weights_i (outputs_i - empty - rows_i phi)^2 subject to sum
/// phi = full - empty; the constraint holds to rounding. For a rank-deficient system this is the solution nearest to
/// equal shares.
Vector constrained_least_squares(const Matrix& rows, const Vector& outputs, const Vector& weights, double empty,
                                 double full);

/// `rows`, each of which sums to 0, with a row of equal entries appended. Rows of sum 0 do not determine the solution's
/// sum; the appended row with a right-hand side of 0 makes it 0, which a rank-revealing decomposition of `rows` alone
/// would do only if rounding did not hide the missing rank.
Matrix with_sum_row(const Matrix& rows);

/// A fitted linear regression.
struct Regression {
  Vector coefficients;     ///< one per feature
  Vector standard_errors;  ///< of the coefficients: heteroscedasticity-consistent (HC1) sandwich estimate
  double intercept = 0.0;
  double score = 0.0;  ///< weighted R^2
};

/// Weighted least squares with the penalty alpha |coefficients|^2; the intercept is not penalised. Equals
/// scikit-learn's Ridge, and its LinearRegression for alpha = 0.
Regression ridge(const Matrix& rows, const Vector& outputs, const Vector& weights, double alpha);

}  // namespace sightline::attribution
