#include "plan/schedule.hpp"

#include <algorithm>
#include <functional>
#include <limits>
#include <queue>
#include <utility>

namespace sightline::plan {
namespace {

/// The event that a rank can begin the unit assigned to it.
struct Turn {
  double time;
  std::size_t rank;
  bool operator>(const Turn& other) const { return std::pair(time, rank) > std::pair(other.time, other.rank); }
};

}  // namespace

RunEstimate simulate(const std::vector<TimedUnit>& units, const Overheads& overheads, std::size_t ranks) {
  constexpr auto none = std::numeric_limits<std::size_t>::max();
  std::priority_queue<Turn, std::vector<Turn>, std::greater<>> turns;
  std::vector<std::size_t> assigned(ranks, none);
  std::vector<std::size_t> loaded(ranks, overheads.load_group.size() == 1 ? 0 : none);
  std::size_t next_unit = 0;
  for (std::size_t rank = 0; rank < ranks && next_unit < units.size(); ++rank) {
    assigned[rank] = next_unit++;
    turns.push({overheads.start + overheads.request, rank});
  }
  RunEstimate estimate{overheads.start, 0.0};
  double busy_seconds = 0.0;
  while (!turns.empty()) {
    const auto [time, rank] = turns.top();
    turns.pop();
    const auto& unit = units[assigned[rank]];
    assigned[rank] = next_unit < units.size() ? next_unit++ : none;
    const double load = loaded[rank] == unit.group ? 0.0 : overheads.load_group[unit.group];
    loaded[rank] = unit.group;
    const double end = time + overheads.request + load + unit.seconds;
    busy_seconds += unit.seconds;
    estimate.seconds = std::max(estimate.seconds, end);
    if (assigned[rank] != none) {
      turns.push({end, rank});
    }
  }
  estimate.efficiency = estimate.seconds > 0.0 ? busy_seconds / (static_cast<double>(ranks) * estimate.seconds) : 0.0;
  return estimate;
}

}  // namespace sightline::plan
