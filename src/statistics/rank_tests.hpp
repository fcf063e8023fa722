#pragma once

#include <vector>

namespace sightline::statistics {

/// Friedman's test whether k treatments of the same n blocks differ (JASA 1937), with the correction for ties, as
/// scipy.stats.friedmanchisquare.
struct Friedman {
  std::vector<double> mean_ranks;  ///< by treatment; 1 = the smallest value of its block; empty without blocks
  std::size_t blocks = 0;
  double statistic = 0.0;  ///< NaN when no block tells treatments apart, and for fewer than two of either
  double p = 1.0;          ///< by the chi-squared distribution with k - 1 degrees of freedom; NaN with the statistic
};
/// `blocks`: n rows of k values, none NaN.
Friedman friedman(const std::vector<std::vector<double>>& blocks);

/// Nemenyi's test for a pair of treatments after Friedman's: the probability of such a difference of mean ranks
/// between the best and the worst of k equal treatments, by the studentised range with infinitely many degrees of
/// freedom (Demsar, JMLR 2006).
double nemenyi(double rank_difference, std::size_t treatments, std::size_t blocks);

/// Kendall's tau-b of two sequences of equal length (scipy.stats.kendalltau), in [-1, 1]; NaN when either is constant.
double kendall(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace sightline::statistics
