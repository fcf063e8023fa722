#include "statistics/ranks.hpp"

#include <algorithm>
#include <numeric>

namespace sightline::statistics {

TiedRanks tied_ranks(std::span<const double> values) {
  std::vector<std::size_t> order(values.size());
  std::iota(order.begin(), order.end(), 0);
  std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return values[a] < values[b]; });
  TiedRanks made{std::vector<double>(values.size())};
  for (std::size_t first = 0; first < order.size();) {
    auto last = first;
    while (last + 1 < order.size() && values[order[last + 1]] == values[order[first]]) {
      ++last;
    }
    const auto equal = static_cast<double>(last - first + 1);
    made.tie_term += equal * equal * equal - equal;
    for (auto i = first; i <= last; ++i) {
      made.ranks[order[i]] = 1.0 + 0.5 * static_cast<double>(first + last);
    }
    first = last + 1;
  }
  return made;
}

Eigen::VectorXd unit_ranks(std::span<const double> values) {
  const auto tied = tied_ranks(values).ranks;
  Eigen::VectorXd ranks = Eigen::Map<const Eigen::VectorXd>(tied.data(), static_cast<Eigen::Index>(tied.size()));
  ranks.array() -= ranks.mean();
  const double length = ranks.norm();
  return length > 0.0 ? Eigen::VectorXd(ranks / length) : ranks;
}

}  // namespace sightline::statistics
