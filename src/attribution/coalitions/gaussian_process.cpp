#include "attribution/coalitions/gaussian_process.hpp"

#include <cmath>

namespace sightline::attribution {

Matrix hamming_distances(const Matrix& signs) {
  return 0.5 * (static_cast<double>(signs.cols()) - (signs * signs.transpose()).array());
}

GaussianProcess fit_by_distance(const Matrix& distances, const Vector& covariance_by_distance, double nugget,
                                const Vector& outputs) {
  Matrix covariance =
      distances.unaryExpr([&](double distance) { return covariance_by_distance[std::lround(distance)]; });
  covariance.diagonal().array() += nugget;
  GaussianProcess made{Eigen::LLT<Matrix>(covariance), outputs, 0.0, 0.0};
  for (double raise = jitter; made.cholesky.info() != Eigen::Success; raise *= 10.0) {
    covariance.diagonal().array() += raise;
    made.cholesky.compute(covariance);
  }
  made.cholesky.matrixL().solveInPlace(made.whitened);
  const auto count = static_cast<double>(outputs.size());
  made.scale = made.whitened.squaredNorm() / count;
  made.log_likelihood = -0.5 * count * std::log(made.scale) - made.cholesky.matrixLLT().diagonal().array().log().sum();
  return made;
}

}  // namespace sightline::attribution
