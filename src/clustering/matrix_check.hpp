#pragma once

#include <string>

#include "base/csv.hpp"

namespace sightline::clustering {

/// What the numbers of a matrix say of two items: how much they are alike (at most 1), or how much they differ (at
/// least 0).
enum class Numbers { similarities, dissimilarities };

/// Throws base::Error(input) unless the functions of this layer can take the matrix: it is square, has different names,
/// and its numbers are finite, at most `largest_number`, symmetric, and not below 0 (dissimilarities) or above 1
/// (similarities). Rounding is forgiven, see `rounding`. The message names `source`, the row and the column.
void check_matrix(const base::NamedMatrix& matrix, Numbers numbers, const std::string& source);

/// Throws base::Error(input) when an item is more like another one than like itself. The numbers are then probably of
/// the other kind than `numbers`. The matrix must have passed check_matrix.
void check_diagonal(const base::NamedMatrix& matrix, Numbers numbers, const std::string& source);

/// Deviations up to this share of the largest magnitude count as rounding. The published similarities of a map with
/// itself are up to 1.00002.
inline constexpr double rounding = 1e-4;

/// The largest magnitude of a number in a matrix. Squares of larger ones, as Ward's linkage takes them, could overflow.
inline constexpr double largest_number = 1e100;

}  // namespace sightline::clustering
