#pragma once

#include <cstddef>
#include <span>
#include <vector>

namespace sightline::statistics {

/// Pearson's correlation coefficient of two sequences of equal length, in [-1, 1]. NaN if either is constant or they
/// have fewer than two values.
double pearson(std::span<const double> x, std::span<const double> y);

/// The percentile of the values with linear interpolation, as numpy.percentile(values, percent) computes it. values: at
/// least one, none of them NaN; percent: in [0, 100].
double percentile(std::vector<double> values, double percent);

/// The rows and columns `wanted` of a square matrix, in that order. matrix: row-major, items x items.
std::vector<double> submatrix(const std::vector<double>& matrix, std::size_t items,
                              const std::vector<std::size_t>& wanted);

/// The p values adjusted for multiple testing by Holm's step-down method (Scand. J. Stat. 1979), in the order of `p`.
/// They are at most 1.
std::vector<double> holm(const std::vector<double>& p);

}  // namespace sightline::statistics
