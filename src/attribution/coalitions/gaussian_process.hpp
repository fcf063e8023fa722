#pragma once

#include <Eigen/Cholesky>

#include "attribution/coalitions/least_squares.hpp"

namespace sightline::attribution {

/// Outputs that are normally distributed with mean 0 and a known covariance but for one factor.
struct GaussianProcess {
  Eigen::LLT<Matrix> cholesky;  ///< L L^T = the covariance
  Vector whitened;              ///< L^-1 outputs
  double scale = 0.0;           ///< the likeliest factor
  double likelihood = 0.0;      ///< its logarithm, but for a constant
};

/// In how many features each two rows of signs (+1 or -1) differ.
Matrix hamming_distances(const Matrix& signs);

/// The process whose covariances are `by_distance` (0 to features) of those distances, with `more` on the diagonal.
/// Where rounding has made that singular, the diagonal is raised until it is not.
GaussianProcess fit_by_distance(const Matrix& distances, const Vector& by_distance, double more, const Vector& outputs);

constexpr double jitter = 1e-9;  ///< what makes a covariance of variances around 1 positive in spite of rounding

}  // namespace sightline::attribution
