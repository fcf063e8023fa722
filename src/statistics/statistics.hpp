#pragma once

#include <span>
#include <vector>

namespace sightline::statistics {

/// Pearson's correlation of two sequences of equal length, in [-1, 1]; NaN when either has no variance or fewer than
/// two values.
double pearson(std::span<const double> x, std::span<const double> y);

/// numpy.percentile(values, percent), linear; percent in [0, 100], at least one value, none of them NaN.
double percentile(std::vector<double> values, double percent);

/// Holm's correction for testing many hypotheses at once (Scand. J. Stat. 1979): the adjusted p values, in the given
/// order, at most 1.
std::vector<double> holm(const std::vector<double>& p);

}  // namespace sightline::statistics
