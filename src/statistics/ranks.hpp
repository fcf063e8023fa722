#pragma once

#include <span>
#include <vector>

namespace sightline::statistics {

/// The ranks of some values as scipy.stats.rankdata gives them, and the term that rank tests correct for ties by.
struct TiedRanks {
  std::vector<double> ranks;  ///< by value; 1 = the smallest; equal values share the mean of their ranks
  double ties = 0.0;          ///< sum of t^3 - t over the groups of t equal values
};

/// `values`: any number of them, none NaN.
TiedRanks tied_ranks(std::span<const double> values);

}  // namespace sightline::statistics
