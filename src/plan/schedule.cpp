#include "plan/schedule.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <utility>

namespace sightline::plan {
namespace {

/// A rank with a unit in hand, at the moment it can begin it.
struct Turn {
  double time;
  std::size_t rank;
  bool operator>(const Turn& other) const { return std::pair(time, rank) > std::pair(other.time, other.rank); }
};

}  // namespace

Outlook simulate(const std::vector<TimedUnit>& units, const Overheads& overheads, std::size_t ranks) {
  constexpr auto none = std::numeric_limits<std::size_t>::max();
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns;
  std::vector<std::size_t> in_hand(ranks, none);
  std::vector<std::size_t> loaded(ranks, overheads.load_group.size() == 1 ? 0 : none);
  std::size_t given = 0;
  for (std::size_t rank = 0; rank < ranks && given < units.size(); ++rank) {
    in_hand[rank] = given++;
    turns.push({overheads.start + overheads.request, rank});
  }
  Outlook outlook{overheads.start, 0.0};
  double working = 0.0;
  while (!turns.empty()) {
    const auto [time, rank] = turns.top();
    turns.pop();
    const auto& unit = units[in_hand[rank]];
    in_hand[rank] = given < units.size() ? given++ : none;
    const double load = loaded[rank] == unit.group ? 0.0 : overheads.load_group[unit.group];
    loaded[rank] = unit.group;
    const double end = time + overheads.request + load + unit.seconds;
    working += unit.seconds;
    outlook.seconds = std::max(outlook.seconds, end);
    if (in_hand[rank] != none) {
      turns.push({end, rank});
    }
  }
  outlook.efficiency = outlook.seconds > 0.0 ? working / (static_cast<double>(ranks) * outlook.seconds) : 0.0;
  return outlook;
}

}  // namespace sightline::plan
