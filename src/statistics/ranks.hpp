#pragma once

#include <span>
#include <vector>

#include <Eigen/Core>

namespace sightline::statistics {

/// Ranks as scipy.stats.rankdata computes them, with the term by which rank tests correct for ties.
struct TiedRanks {
  std::vector<double> ranks;  ///< by value; 1 = the smallest; equal values share the mean of their ranks
  double tie_term = 0.0;      ///< sum of t^3 - t over the groups of t equal values
};

/// Ranks any number of values, none of which may be NaN.
TiedRanks tied_ranks(std::span<const double> values);

/// The ranks minus their mean, as a vector of the length 1; all 0 where all values are equal. The inner product of two
/// such vectors is Spearman's rank correlation.
Eigen::VectorXd unit_ranks(std::span<const double> values);

}  // namespace sightline::statistics
