#include "clustering/projection.hpp"

#include <cmath>

#include <Eigen/Eigenvalues>
#include <Eigen/SVD>

namespace sightline::clustering {
namespace {

using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

RowMajor square_matrix(const std::vector<double>& values, std::size_t items) {
  const auto side = static_cast<Eigen::Index>(items);
  return Eigen::Map<const RowMajor>(values.data(), side, side);
}

/// The sign of the value with the largest magnitude.
double sign_of_largest(const Eigen::VectorXd& values) {
  Eigen::Index at = 0;
  values.cwiseAbs().maxCoeff(&at);
  return values[at] < 0.0 ? -1.0 : 1.0;
}

}  // namespace

Projection principal_components(const std::vector<double>& matrix, std::size_t items, std::size_t dimensions) {
  const RowMajor rows = square_matrix(matrix, items);
  const RowMajor centred = rows.rowwise() - rows.colwise().mean();
  const Eigen::JacobiSVD<Eigen::MatrixXd> svd(centred, Eigen::ComputeThinU | Eigen::ComputeThinV);
  const double total = svd.singularValues().squaredNorm();
  Projection result;
  RowMajor points(centred.rows(), static_cast<Eigen::Index>(dimensions));
  for (Eigen::Index d = 0; d < points.cols(); ++d) {
    const double value = svd.singularValues()[d];
    points.col(d) = svd.matrixU().col(d) * (value * sign_of_largest(svd.matrixV().col(d)));
    result.share.push_back(total > 0.0 ? value * value / total : 0.0);
  }
  result.coordinates.assign(points.data(), points.data() + points.size());
  return result;
}

Projection classical_mds(const std::vector<double>& dissimilarity, std::size_t items, std::size_t dimensions) {
  const RowMajor given = square_matrix(dissimilarity, items);
  RowMajor squares = (0.5 * (given + given.transpose())).array().square();
  squares.diagonal().setZero();
  const Eigen::VectorXd means = squares.rowwise().mean();
  const Eigen::MatrixXd products =
      -0.5 * ((squares.colwise() - means).rowwise() - (means.transpose().array() - means.mean()).matrix());
  const Eigen::SelfAdjointEigenSolver<Eigen::MatrixXd> solver(products);
  const double total = solver.eigenvalues().cwiseAbs().sum();
  Projection result;
  RowMajor points(given.rows(), static_cast<Eigen::Index>(dimensions));
  for (Eigen::Index d = 0; d < points.cols(); ++d) {
    const auto eigenvector = given.rows() - 1 - d;  // eigenvalues are ascending
    const double value = std::max(0.0, solver.eigenvalues()[eigenvector]);
    const Eigen::VectorXd axis = solver.eigenvectors().col(eigenvector);
    points.col(d) = axis * (std::sqrt(value) * sign_of_largest(axis));
    result.share.push_back(total > 0.0 ? value / total : 0.0);
  }
  result.coordinates.assign(points.data(), points.data() + points.size());
  return result;
}

}  // namespace sightline::clustering
