#include "attribution/coalitions/least_squares.hpp"

#include <algorithm>

#include <Eigen/QR>

namespace sightline::attribution {

Vector constrained_least_squares(const Matrix& rows, const Vector& outputs, const Vector& weights, double empty,
                                 double full) {
  // phi = share + psi with sum psi = 0. Since the rows are centred to sum 0, the least-norm solution psi has sum 0.
  const auto features = rows.cols();
  const double share = (full - empty) / static_cast<double>(features);
  const Vector roots = weights.cwiseSqrt();
  const Vector sizes = rows.rowwise().sum();
  const Matrix centred = rows.colwise() - sizes / static_cast<double>(features);
  const Vector rest = outputs.array() - empty - share * sizes.array();
  Vector wanted = Vector::Zero(rows.rows() + 1);
  wanted.head(rows.rows()) = roots.cwiseProduct(rest);
  const Vector psi = with_sum_row(roots.asDiagonal() * centred).completeOrthogonalDecomposition().solve(wanted);
  return psi.array() - psi.mean() + share;
}

Matrix with_sum_row(const Matrix& rows) {
  Matrix all(rows.rows() + 1, rows.cols());
  all.topRows(rows.rows()) = rows;
  all.bottomRows(1).setConstant(std::max(rows.norm(), 1e-300) / static_cast<double>(rows.cols()));
  return all;
}

Regression ridge(const Matrix& rows, const Vector& outputs, const Vector& weights, double alpha) {
  const double total = weights.sum();
  const Eigen::RowVectorXd mean_row = weights.transpose() * rows / total;
  const double mean_output = weights.dot(outputs) / total;
  const Matrix x = rows.rowwise() - mean_row;
  const Vector y = outputs.array() - mean_output;
  Matrix normal = x.transpose() * weights.asDiagonal() * x;
  normal.diagonal().array() += alpha;
  Regression result;
  const Eigen::CompleteOrthogonalDecomposition<Matrix> solver(normal);
  result.coefficients = solver.solve(x.transpose() * (weights.asDiagonal() * y));
  if (alpha == 0.0) {
    // The normal equations square the condition number; decomposing the rows themselves does not.
    const Vector roots = weights.cwiseSqrt();
    result.coefficients = (roots.asDiagonal() * x).completeOrthogonalDecomposition().solve(roots.asDiagonal() * y);
  }
  result.intercept = mean_output - mean_row.dot(result.coefficients);
  const Vector residuals = y - x * result.coefficients;
  const double spread = weights.dot(y.cwiseAbs2());
  result.score = spread > 0.0 ? 1.0 - weights.dot(residuals.cwiseAbs2()) / spread : 1.0;
  const auto freedom = static_cast<double>(rows.rows() - rows.cols() - 1);
  const double correction = freedom > 0.0 ? static_cast<double>(rows.rows()) / freedom : 1.0;
  const Vector spread_by_row = weights.cwiseProduct(residuals).cwiseAbs2();
  const Matrix influence = solver.solve(x.transpose());
  result.standard_errors = (influence.cwiseAbs2() * spread_by_row * correction).cwiseSqrt();
  return result;
}

}  // namespace sightline::attribution
