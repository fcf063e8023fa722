#pragma once

#include "attribution/coalitions/shapley_regression.hpp"

namespace sightline::attribution {

/// Estimates Shapley values from pairs of a coalition and its complement by a Gaussian process over the game (coalition
/// -> output). For a smooth game this is more accurate than a regression on single features, because the process also
/// uses what the outputs tell about interactions.
///
/// With presence coded as s = +1 or -1, a game is a sum over sets U of features: sum_U c_U prod_{i in U} s_i. The
/// Shapley values depend on the sets of odd size only, phi_i = sum of 2 c_U / |U| over the odd U that contain i, and so
/// does the difference of a coalition and its complement. In the prior the c_U are independent and normal; those of one
/// degree k = |U| share one variance, and w_k is its sum over all sets of that degree. w_1 is so large that single
/// features are hardly shrunk, and w_3, w_5, ... are powers of a roughness, which is selected from 0.03, 0.1, 0.3, 1
/// and 3 by maximum likelihood. The covariance of two coalitions then depends on their Hamming distance only: it is a
/// sum of Krawtchouk polynomials. Above 13 features, all degrees above 9 are treated as independent noise of each pair.
///
/// outputs, complements: the game's value for each row of `pairs` and for its complement; empty, full: its value for no
/// features and for all. The values sum to full - empty, to rounding. The standard errors are the posterior standard
/// deviations, scaled to the outputs. The cost is dominated by the Cholesky factor of a pairs x pairs matrix.
ShapleyEstimate fit_process(const CoalitionPairs& pairs, const Vector& outputs, const Vector& complements, double empty,
                            double full);

/// The most pairs that are accepted: the Cholesky factor of this many takes half a second, and the time grows with the
/// cube.
constexpr std::int64_t most_process_pairs = 2048;

}  // namespace sightline::attribution
