#pragma once

#include "attribution/coalitions/least_squares.hpp"

namespace sightline::attribution {

/// LIME's weights of coalitions with 0 to `features` present features, features + 1 numbers in [0, 1]: sqrt(exp(-d^2 /
/// width^2)), where d is the cosine distance between the coalition and the whole image, as in the lime package.
Vector lime_weights_by_size(Eigen::Index features, double width);
/// The same weights for given coalitions, one per row (1 = present).
Vector lime_weights(const Matrix& rows, double width);

/// An estimate of the regression that LIME's converges to when the number of samples grows. A Gaussian process is
/// fitted to the sampled coalitions; its posterior mean predicts the model's output for every coalition, and those
/// predictions are regressed on the features, weighted as in LIME.
///
/// The prior of the game (coalition -> output) is the sum of a constant, a linear part, and a remainder. The
/// correlation of the remainder between two coalitions decreases exponentially with their Hamming distance. The rate of
/// the decrease and the variance of the linear part are selected from a small grid by maximum likelihood. Coefficients
/// and intercept are linear functions of the game; because the prior treats all features alike, they reduce to sums
/// over the numbers of present features.
///
/// rows: samples x features (1 = present); outputs: the game's values. The standard errors are the posterior standard
/// deviations of the coefficients, scaled to the outputs; the score is the weighted R^2 over the samples, as in
/// `ridge`. The cost is dominated by the Cholesky factor of a samples x samples matrix. Throws base::Error(usage) for a
/// kernel width so small that only the whole image has any weight.
Regression fit_lime_process(const Matrix& rows, const Vector& outputs, double width);

/// The most samples that are accepted: the Cholesky factor's time grows with the cube of their number.
constexpr Eigen::Index most_lime_process_samples = 4096;

}  // namespace sightline::attribution
