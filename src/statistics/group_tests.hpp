#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <vector>

/// Tests of groups of items by the dissimilarities of the items: are items of one group more alike than items of
/// different groups, and by more than chance?
namespace sightline::statistics {

/// The group of each item, numbered from 0 without gaps; at least two groups, and more items than groups.
using Groups = std::vector<std::size_t>;

/// How much of the variation among items lies between their groups (Anderson, Austral Ecology 2001).
struct Permanova {
  double f = 0.0;  ///< the pseudo-F ratio, as scikit-bio's permanova computes it; infinite without any variation
                   ///< within groups, NaN when all items are identical
  double r_squared = 0.0;  ///< share of the sum of squares that lies between groups, in [0, 1]; NaN when there is none.
                           ///< It increases with f. Groups at random have (groups - 1) / (items - 1) on average
};
/// dissimilarity: row-major items x items, symmetric, with a diagonal of 0.
Permanova permanova(const std::vector<double>& dissimilarity, const Groups& groups);

/// The statistic R of ANOSIM (Clarke, Australian Journal of Ecology 1993) in [-1, 1], as scikit-bio computes it: the
/// mean rank of the dissimilarities between groups minus that within groups, over a quarter of items (items - 1). NaN
/// when no two items share a group. `ranks`: the matrix with each dissimilarity replaced by its rank (rank_pairs).
double anosim(const std::vector<double>& ranks, const Groups& groups);

/// The matrix with each dissimilarity replaced by its rank among those above the diagonal; equal ones share the mean of
/// their ranks. The diagonal is 0. items >= 2.
std::vector<double> rank_pairs(const std::vector<double>& dissimilarity, std::size_t items);

/// The mean dissimilarity of two items of different groups minus that of two items of one group; NaN when no two items
/// share a group.
double between_minus_within(const std::vector<double>& dissimilarity, const Groups& groups);

/// A statistic of the groups, and how it compares with that of items which are put into groups at random, as many into
/// each as there are.
struct PermutationTest {
  double value = 0.0;             ///< of the groups as they are
  double by_chance = 0.0;         ///< mean over the arrangements
  double p = 1.0;                 ///< one-sided: how often it is at least as large, in (0, 1]; NaN where `value` is
  std::int64_t arrangements = 0;  ///< number of arrangements that were tried
  bool exact = false;             ///< every distinct arrangement was tried once, the groups as they are among them
};
using GroupStatistic = std::function<double(const Groups&)>;
/// Tests several statistics by the same arrangements. All distinct arrangements are tried where they are at most
/// `permutations` + 1; then p is their share, and exact. Otherwise `permutations` random ones, which the seed
/// determines, and p = (1 + as large) / (1 + permutations), as scikit-bio. Throws base::Error(stopped) after a signal.
std::vector<PermutationTest> permute_groups(const Groups& groups, const std::vector<GroupStatistic>& statistics,
                                            std::int64_t permutations, std::uint64_t seed);

}  // namespace sightline::statistics
