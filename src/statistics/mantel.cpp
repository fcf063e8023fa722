#include "statistics/mantel.hpp"

#include <cmath>
#include <numeric>

#include "base/random.hpp"
#include "base/shuffle.hpp"
#include "base/stop.hpp"
#include "statistics/statistics.hpp"

namespace sightline::statistics {
namespace {

using Order = std::vector<std::size_t>;

/// The entries above the diagonal after rows and columns are put in the given order.
std::vector<double> above_diagonal(const std::vector<double>& matrix, const Order& order) {
  std::vector<double> entries;
  for (std::size_t i = 0; i < order.size(); ++i) {
    for (std::size_t j = i + 1; j < order.size(); ++j) {
      entries.push_back(matrix[order[i] * order.size() + order[j]]);
    }
  }
  return entries;
}

}  // namespace

MantelTest mantel(const std::vector<double>& x, const std::vector<double>& y, std::size_t items,
                  std::int64_t permutations, std::uint64_t seed) {
  Order order(items);
  std::iota(order.begin(), order.end(), 0);
  const auto fixed = above_diagonal(x, order);
  MantelTest result{statistics::pearson(fixed, above_diagonal(y, order)), 1.0};
  if (std::isnan(result.correlation)) {
    return result;
  }
  const base::NumberStream stream("mantel", seed);
  std::int64_t as_extreme = 0;
  std::uint64_t draw = 0;
  for (std::int64_t permutation = 0; permutation < permutations; ++permutation) {
    base::throw_if_stopped();
    base::shuffle(order, stream, draw);
    // Equal up to rounding counts as equal: with few items, many permutations give the same correlation.
    const double other = statistics::pearson(fixed, above_diagonal(y, order));
    as_extreme += std::abs(other) >= std::abs(result.correlation) - 1e-12 ? 1 : 0;
  }
  result.p = static_cast<double>(1 + as_extreme) / static_cast<double>(1 + permutations);
  return result;
}

}  // namespace sightline::statistics
