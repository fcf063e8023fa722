#pragma once

#include "attribution/coalitions/least_squares.hpp"

namespace sightline::attribution {

/// LIME's weight of a coalition by how many of the features it has, 0 to `features`: sqrt(exp(-d^2 / width^2)) with d
/// the cosine distance from the whole, as in the lime package.
Vector lime_weights_by_size(Eigen::Index features, double width);
/// The same of rows of coalitions, 1 = present.
Vector lime_weights(const Matrix& rows, double width);

/// The regression that LIME's converges to as its samples become many, by a Gaussian process over the coalitions: the
/// samples tell of the game between them as well, and what the process expects of all coalitions is regressed, each
/// with its weight.
///
/// The game is a constant, a linear part, and a rest of which two coalitions' values have a correlation that falls
/// exponentially with the number of features in which they differ; how fast, and how much larger the linear part is,
/// are those of a few values under which the outputs are likeliest. Coefficients and intercept are linear functions of
/// the game, which exchangeable features make sums over numbers of features.
///
/// rows: coalitions, 1 = present; outputs: the game's values. Standard errors are the process' own, scaled to the
/// outputs; the score is the weighted R^2 of the samples, as `ridge` has it. Cost: Cholesky factors of the samples.
/// Throws base::Error(usage) for a width under which only the whole image weighs anything.
Regression fit_lime_process(const Matrix& rows, const Vector& outputs, double width);

/// More samples take too long to factor.
constexpr Eigen::Index most_lime_process_samples = 4096;

}  // namespace sightline::attribution
