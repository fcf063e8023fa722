#include "attribution/gaussian_process.hpp"

#include <cmath>

namespace sightline::attribution {

GaussianProcess factor(Matrix covariance, const Vector& outputs) {
  GaussianProcess made{Eigen::LLT<Matrix>(covariance), outputs, 0.0, 0.0};
  for (double more = jitter; made.cholesky.info() != Eigen::Success; more *= 10.0) {
    covariance.diagonal().array() += more;
    made.cholesky.compute(covariance);
  }
  made.cholesky.matrixL().solveInPlace(made.whitened);
  const auto count = static_cast<double>(outputs.size());
  made.scale = made.whitened.squaredNorm() / count;
  made.likelihood = -0.5 * count * std::log(made.scale) - made.cholesky.matrixLLT().diagonal().array().log().sum();
  return made;
}

}  // namespace sightline::attribution
