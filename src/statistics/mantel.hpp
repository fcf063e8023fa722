#pragma once

#include <cstdint>
#include <vector>

namespace sightline::statistics {

/// Do two matrices order the same items alike?
struct MantelTest {
  double correlation = 0.0;  ///< Pearson's, of the entries above the diagonal; NaN when one of them has no variance
  double p = 1.0;            ///< two-sided: (1 + permutations at least as extreme) / (1 + permutations)
};

/// Mantel's test (Cancer Research 1967) as scikit-bio computes it: two symmetric matrices of the same items (row-major
/// items x items, at least 3 items); the items of one are permuted at random, the same for given (seed, permutation).
MantelTest mantel(const std::vector<double>& x, const std::vector<double>& y, std::size_t items,
                  std::int64_t permutations, std::uint64_t seed);

}  // namespace sightline::statistics
