#include "statistics/group_tests.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

#include "base/random.hpp"
#include "base/shuffle.hpp"
#include "base/stop.hpp"
#include "statistics/ranks.hpp"

namespace sightline::statistics {
namespace {

/// The number of items of each group.
std::vector<double> sizes_of(const Groups& groups) {
  std::vector<double> sizes(*std::max_element(groups.begin(), groups.end()) + 1, 0.0);
  for (const auto group : groups) {
    sizes[group] += 1.0;
  }
  return sizes;
}

/// Sums and numbers of the entries above the diagonal, within groups and between them.
struct PairSums {
  double within = 0.0;
  double between = 0.0;
  double pairs_within = 0.0;
  double pairs_between = 0.0;
};

PairSums sum_pairs(const std::vector<double>& matrix, const Groups& groups) {
  const auto items = groups.size();
  PairSums sums;
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = i + 1; j < items; ++j) {
      const bool together = groups[i] == groups[j];
      (together ? sums.within : sums.between) += matrix[i * items + j];
      (together ? sums.pairs_within : sums.pairs_between) += 1.0;
    }
  }
  return sums;
}

/// The number of distinct arrangements of the items into the groups, or something larger than `limit`.
double count_arrangements(const Groups& groups, double limit) {
  double count = 1.0;
  double placed = 0.0;
  for (const double size : sizes_of(groups)) {
    for (double item = 1.0; item <= size && count <= limit; ++item) {
      count = count * (placed + item) / item;  // a whole number after each step
    }
    placed += size;
  }
  return count;
}

/// Compares statistics of arrangements with those of the groups as they are.
class Comparison {
 public:
  Comparison(const Groups& groups, const std::vector<GroupStatistic>& statistics)
      : statistics_(statistics), sums_(statistics.size(), 0.0), as_large_(statistics.size(), 0) {
    for (const auto& statistic : statistics) {
      observed_.push_back(statistic(groups));
    }
  }

  void take(const Groups& arrangement) {
    base::throw_if_stopped();
    ++arrangements_;
    for (std::size_t i = 0; i < statistics_.size(); ++i) {
      // Equal up to rounding counts as equal: many arrangements of few items give the same statistic.
      const double rounding = 1e-12 * std::max(1.0, std::abs(observed_[i]));
      const double value = statistics_[i](arrangement);
      sums_[i] += value;
      as_large_[i] += value >= observed_[i] - rounding ? 1 : 0;
    }
  }

  /// exact: whether the groups as they are were among the arrangements; they count once in any case.
  std::vector<PermutationTest> tests(bool exact) const {
    const std::int64_t more = exact ? 0 : 1;
    const auto all = static_cast<double>(arrangements_);
    std::vector<PermutationTest> tests;
    for (std::size_t i = 0; i < statistics_.size(); ++i) {
      const double p = static_cast<double>(as_large_[i] + more) / (all + static_cast<double>(more));
      tests.push_back({observed_[i], sums_[i] / all,
                       std::isnan(observed_[i]) ? std::numeric_limits<double>::quiet_NaN() : p, arrangements_, exact});
    }
    return tests;
  }

 private:
  const std::vector<GroupStatistic>& statistics_;
  std::vector<double> observed_;
  std::vector<double> sums_;
  std::vector<std::int64_t> as_large_;
  std::int64_t arrangements_ = 0;
};

}  // namespace

Permanova permanova(const std::vector<double>& dissimilarity, const Groups& groups) {
  const auto items = groups.size();
  const auto sizes = sizes_of(groups);
  double total = 0.0;
  double within = 0.0;
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = i + 1; j < items; ++j) {
      const double square = dissimilarity[i * items + j] * dissimilarity[i * items + j];
      total += square;
      within += groups[i] == groups[j] ? square / sizes[groups[i]] : 0.0;
    }
  }
  total /= static_cast<double>(items);
  const double between = total - within;
  const double between_mean = between / static_cast<double>(sizes.size() - 1);
  const double within_mean = within / static_cast<double>(items - sizes.size());
  return {between_mean / within_mean, between / total};
}

std::vector<double> rank_pairs(const std::vector<double>& dissimilarity, std::size_t items) {
  std::vector<double> pairs;
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = i + 1; j < items; ++j) {
      pairs.push_back(dissimilarity[i * items + j]);
    }
  }
  const auto ranked = tied_ranks(pairs).ranks;
  std::vector<double> ranks(items * items, 0.0);
  std::size_t pair = 0;
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = i + 1; j < items; ++j, ++pair) {
      ranks[i * items + j] = ranks[j * items + i] = ranked[pair];
    }
  }
  return ranks;
}

double anosim(const std::vector<double>& ranks, const Groups& groups) {
  const auto items = static_cast<double>(groups.size());
  return between_minus_within(ranks, groups) / (items * (items - 1.0) / 4.0);
}

double between_minus_within(const std::vector<double>& dissimilarity, const Groups& groups) {
  const auto sums = sum_pairs(dissimilarity, groups);
  return sums.between / sums.pairs_between - sums.within / sums.pairs_within;
}

std::vector<PermutationTest> permute_groups(const Groups& groups, const std::vector<GroupStatistic>& statistics,
                                            std::int64_t permutations, std::uint64_t seed) {
  Comparison comparison(groups, statistics);
  auto arrangement = groups;
  const auto limit = static_cast<double>(permutations) + 1.0;
  if (count_arrangements(groups, limit) <= limit) {
    std::sort(arrangement.begin(), arrangement.end());
    do {
      comparison.take(arrangement);
    } while (std::next_permutation(arrangement.begin(), arrangement.end()));
    return comparison.tests(/*exact=*/true);
  }
  const base::NumberStream stream("groups", seed);
  std::uint64_t draw = 0;
  for (std::int64_t permutation = 0; permutation < permutations; ++permutation) {
    base::shuffle(arrangement, stream, draw);
    comparison.take(arrangement);
  }
  return comparison.tests(/*exact=*/false);
}

}  // namespace sightline::statistics
