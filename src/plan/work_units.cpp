#include "plan/work_units.hpp"

#include <algorithm>
#include <numeric>

namespace sightline::plan {
namespace {

/// a / b, rounded up.
std::size_t divide_up(std::size_t a, std::size_t b) {
  return (a + b - 1) / b;
}

}  // namespace

std::size_t group_count(std::size_t models, std::size_t chunks, std::size_t ranks, std::size_t max_group_size) {
  const auto for_balance = ranks == 1 ? 1 : divide_up(units_per_rank * ranks, std::max<std::size_t>(1, chunks));
  const auto for_memory = max_group_size == 0 ? 1 : divide_up(models, max_group_size);
  return std::clamp<std::size_t>(std::max(for_balance, for_memory), 1, std::max<std::size_t>(1, models));
}

std::vector<ModelGroup> group_models(const std::vector<double>& costs, std::size_t groups) {
  ModelGroup order(costs.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return costs[a] > costs[b]; });
  std::vector<ModelGroup> result(groups);
  for (std::size_t group = 0; group < groups; ++group) {
    const auto place = [&](std::size_t g) {
      return order.begin() + static_cast<std::ptrdiff_t>(order.size() * g / groups);
    };
    result[group].assign(place(group), place(group + 1));
    std::sort(result[group].begin(), result[group].end());
  }
  return result;
}

std::vector<WorkUnit> work_units(const std::vector<std::vector<bool>>& missing, std::size_t chunk) {
  std::vector<WorkUnit> units;
  for (std::size_t group = 0; group < missing.size(); ++group) {
    for (const auto& images : batches({0, missing[group].size()}, chunk)) {
      const auto first = missing[group].begin() + static_cast<std::ptrdiff_t>(images.first);
      const auto last = first + static_cast<std::ptrdiff_t>(images.count);
      if (std::find(first, last, true) != last) {
        units.push_back({images.first, images.count, group});
      }
    }
  }
  return units;
}

std::vector<Batch> batches(const Batch& images, std::size_t batch) {
  std::vector<Batch> parts;
  for (std::size_t done = 0; done < images.count; done += batch) {
    parts.push_back({images.first + done, std::min(batch, images.count - done)});
  }
  return parts;
}

}  // namespace sightline::plan
