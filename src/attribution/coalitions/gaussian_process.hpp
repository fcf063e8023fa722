#pragma once

#include <Eigen/Cholesky>

#include "attribution/coalitions/least_squares.hpp"

namespace sightline::attribution {

/// A zero-mean Gaussian process at the observed points. Its covariance is known up to one factor, the scale, which is
/// estimated from the outputs.
struct GaussianProcess {
  Eigen::LLT<Matrix> cholesky;  ///< L, with L L^T = the covariance before scaling
  Vector whitened;              ///< L^-1 outputs
  double scale = 0.0;           ///< the factor with the largest likelihood
  double log_likelihood = 0.0;  ///< the logarithm of that likelihood, without additive constants
};

/// The Hamming distance of each two rows of signs (+1 or -1): rows x rows.
Matrix hamming_distances(const Matrix& signs);

/// Fits the process in which two points at Hamming distance d (0 to features) have the covariance
/// covariance_by_distance[d]. The nugget is added to the diagonal. Where rounding makes the covariance singular, the
/// diagonal is raised until its Cholesky factor exists.
GaussianProcess fit_by_distance(const Matrix& distances, const Vector& covariance_by_distance, double nugget,
                                const Vector& outputs);

/// Added to the diagonal so that a covariance with variances around 1 stays positive definite in spite of rounding.
constexpr double jitter = 1e-9;

}  // namespace sightline::attribution
