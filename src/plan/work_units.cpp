#include "plan/work_units.hpp"

#include <algorithm>

namespace sightline::plan {

std::vector<WorkUnit> work_units(const std::vector<bool>& missing, std::size_t chunk) {
  std::vector<WorkUnit> units;
  for (const auto& unit : batches({0, missing.size()}, chunk)) {
    const auto first = missing.begin() + static_cast<std::ptrdiff_t>(unit.first);
    if (std::find(first, first + static_cast<std::ptrdiff_t>(unit.count), true) !=
        first + static_cast<std::ptrdiff_t>(unit.count)) {
      units.push_back(unit);
    }
  }
  return units;
}

std::vector<Batch> batches(const WorkUnit& unit, std::size_t batch) {
  std::vector<Batch> parts;
  for (std::size_t done = 0; done < unit.count; done += batch) {
    parts.push_back({unit.first + done, std::min(batch, unit.count - done)});
  }
  return parts;
}

}  // namespace sightline::plan
