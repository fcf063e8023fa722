#pragma once

#include <cstdint>
#include <vector>

namespace sightline::statistics {

/// The result of Mantel's test whether two distance matrices of the same items are correlated.
struct MantelTest {
  double correlation = 0.0;  ///< Pearson's, of the entries above the diagonals; NaN if those of one matrix are constant
  double p = 1.0;  ///< two-sided: (1 + permutations at least as extreme) / (1 + permutations); 1 if correlation is NaN
};

/// Mantel's test (Cancer Research 1967) as scikit-bio computes it. The items of `y` are permuted at random; the seed
/// determines the permutations. x, y: symmetric, row-major items x items, at least 3 items.
MantelTest mantel(const std::vector<double>& x, const std::vector<double>& y, std::size_t items,
                  std::int64_t permutations, std::uint64_t seed);

}  // namespace sightline::statistics
