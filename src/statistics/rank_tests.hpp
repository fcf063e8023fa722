#pragma once

#include <vector>

namespace sightline::statistics {

/// The result of Friedman's test (JASA 1937) whether k treatments, each applied to the same n blocks, differ.
struct Friedman {
  std::vector<double> mean_ranks;  ///< by treatment; 1 = smallest value of a block; NaN for n or k < 2
  std::size_t blocks = 0;          ///< n
  double statistic = 0.0;  ///< corrected for ties; NaN for n < 2 or k < 2, and if all values of each block are equal
  double p = 1.0;  ///< by the chi-squared distribution with k - 1 degrees of freedom; NaN if the statistic is NaN
};
/// Friedman's test with the correction for ties, as scipy.stats.friedmanchisquare computes it. blocks: n rows of k
/// values, none of them NaN.
Friedman friedman(const std::vector<std::vector<double>>& blocks);

/// The p value of Nemenyi's post-hoc test of two treatments after Friedman's test (Demsar, JMLR 2006): the probability
/// that the largest difference of mean ranks among k equal treatments is at least rank_difference, by the studentised
/// range distribution with infinitely many degrees of freedom. rank_difference: of either sign; treatments: k; blocks:
/// n.
double nemenyi(double rank_difference, std::size_t treatments, std::size_t blocks);

/// Kendall's rank correlation tau-b of two sequences of equal length, in [-1, 1], as scipy.stats.kendalltau computes
/// it. NaN if either sequence is constant or has fewer than two values.
double kendall(const std::vector<double>& x, const std::vector<double>& y);

}  // namespace sightline::statistics
