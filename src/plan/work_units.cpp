#include "plan/work_units.hpp"

#include <algorithm>
#include <numeric>

namespace sightline::plan {
namespace {

/// a / b, rounded up.
std::size_t divide_up(std::size_t a, std::size_t b) {
  return (a + b - 1) / b;
}

/// Divides what is missing into units, see work_units.
class UnitMaker {
 public:
  UnitMaker(const std::vector<std::vector<bool>>& missing, const UnitSizes& sizes) : missing_(missing), sizes_(sizes) {}

  std::vector<WorkUnit> make() {
    for (std::size_t group = 0; group < missing_.size(); ++group) {
      left_ += seconds(group) * static_cast<double>(std::count(missing_[group].begin(), missing_[group].end(), true));
    }
    for (std::size_t group = 0; group < missing_.size(); ++group) {
      for (const auto& chunk : batches({0, missing_[group].size()}, sizes_.chunk)) {
        divide_chunk(group, chunk);
      }
    }
    return std::move(units_);
  }

 private:
  double seconds(std::size_t group) const { return sizes_.image_seconds.empty() ? 0.0 : sizes_.image_seconds[group]; }

  /// The most images of a unit that may take so many seconds.
  std::size_t images_in(double most_seconds, std::size_t group) const {
    const double images = seconds(group) > 0.0 ? most_seconds / seconds(group) : static_cast<double>(sizes_.chunk);
    return std::max<std::size_t>(1, static_cast<std::size_t>(std::min(images, static_cast<double>(sizes_.chunk))));
  }

  /// The most images that the next unit should have.
  std::size_t most_images(std::size_t group) const {
    const double share = left_ / (4.0 * static_cast<double>(sizes_.ranks));
    return images_in(std::clamp(share, least_unit_seconds, most_unit_seconds), group);
  }

  void divide_chunk(std::size_t group, const Batch& chunk) {
    if (chunk.count <= most_images(group)) {
      add(group, chunk);
      return;
    }
    Batch open{chunk.first, 0};  // batches that make one unit
    for (const auto& batch : batches(chunk, sizes_.batch)) {
      if (open.count + batch.count > most_images(group)) {
        add(group, open);
        open = {batch.first, 0};
      }
      if (batch.count > images_in(most_unit_seconds, group)) {
        for (const auto& part : batches(batch, images_in(most_unit_seconds, group))) {
          add(group, part);
        }
        open = {batch.first + batch.count, 0};
      } else {
        open.count += batch.count;
      }
    }
    add(group, open);
  }

  void add(std::size_t group, const Batch& images) {
    const auto first = missing_[group].begin() + static_cast<std::ptrdiff_t>(images.first);
    const auto count = std::count(first, first + static_cast<std::ptrdiff_t>(images.count), true);
    if (count > 0) {
      units_.push_back({images.first, images.count, group});
      left_ -= seconds(group) * static_cast<double>(count);
    }
  }

  const std::vector<std::vector<bool>>& missing_;
  const UnitSizes& sizes_;
  double left_ = 0.0;  ///< seconds of the work that is in no unit yet
  std::vector<WorkUnit> units_;
};

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

std::vector<double> sums_by_group(const std::vector<ModelGroup>& groups, const std::vector<double>& seconds) {
  std::vector<double> sums;
  sums.reserve(groups.size());
  for (const auto& group : groups) {
    sums.push_back(std::accumulate(group.begin(), group.end(), 0.0,
                                   [&](double sum, std::size_t model) { return sum + seconds[model]; }));
  }
  return sums;
}

std::vector<WorkUnit> work_units(const std::vector<std::vector<bool>>& missing, const UnitSizes& sizes) {
  return UnitMaker(missing, sizes).make();
}

std::vector<Batch> batches_of(const WorkUnit& unit, const UnitSizes& sizes, std::size_t images) {
  const auto chunk = unit.first / sizes.chunk * sizes.chunk;
  auto all = batches({chunk, std::min(sizes.chunk, images - chunk)}, sizes.batch);
  std::erase_if(all, [&](const Batch& batch) {
    return batch.first + batch.count <= unit.first || batch.first >= unit.first + unit.count;
  });
  return all;
}

std::vector<Batch> batches(const Batch& images, std::size_t batch) {
  std::vector<Batch> parts;
  for (std::size_t done = 0; done < images.count; done += batch) {
    parts.push_back({images.first + done, std::min(batch, images.count - done)});
  }
  return parts;
}

}  // namespace sightline::plan
