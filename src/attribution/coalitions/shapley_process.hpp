#pragma once

#include "attribution/coalitions/shapley_regression.hpp"

namespace sightline::attribution {

/// Shapley values from pairs of a coalition and its complement, by a Gaussian process over the game: few evaluations of
/// a smooth game tell more than a regression on single features takes from them.
///
/// With presence coded as s = +1 or -1, a game is a sum over sets of features of c_U prod_{i in U} s_i. The difference
/// of a pair holds its odd part alone, and so do the Shapley values: phi_i = sum of 2 c_U / |U| over the odd U with i.
/// The c_U are independent normal numbers; those of one degree k share a variance w_k, w_1 wide and then w_3, w_5, ...
/// falling as powers of a roughness, which is the one of 0.03, 0.1, 0.3, 1 and 3 under which the outputs are likeliest.
/// The covariance of two coalitions then depends on their Hamming distance alone: sums of Krawtchouk polynomials. Above
/// 13 features what is beyond degree 9 counts as independent from pair to pair.
///
/// The values' sum is full - empty, to rounding. Standard errors are the process' own, scaled to the outputs. Cost: a
/// Cholesky factor of the pairs. outputs / complements: the game's value of each row and of its complement.
ShapleyEstimate fit_process(const CoalitionPairs& pairs, const Vector& outputs, const Vector& complements, double empty,
                            double full);

/// More pairs take too long to factor (half a second for as many).
constexpr std::int64_t most_process_pairs = 2048;

}  // namespace sightline::attribution
