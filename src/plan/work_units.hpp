#pragma once

#include <cstddef>
#include <vector>

namespace sightline::plan {

/// Neighbouring images of the job's list, explained by one rank with one group of models.
struct WorkUnit {
  std::size_t first = 0;
  std::size_t count = 0;
  std::size_t group = 0;
};

/// Images first .. first + count - 1 of a unit that go through a model together. Batches depend on the job alone, never
/// on ranks, groups or on what is done already: a resumed run repeats the very batch that a record belonged to, so its
/// numbers are the same bits.
struct Batch {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Models, by their place in the job, that a rank keeps in memory together.
using ModelGroup = std::vector<std::size_t>;

/// Into how many groups the models are cut: as few as give every rank `units_per_rank` units, so that ranks end
/// together, and enough that no group has more than `max_group_size` models (0 = any number).
std::size_t group_count(std::size_t models, std::size_t chunks, std::size_t ranks, std::size_t max_group_size);
inline constexpr std::size_t units_per_rank = 16;

/// Groups of equal size, or one less; the dearest models in the first. What is handed out last is then cheap, and ranks
/// end together.
std::vector<ModelGroup> group_models(const std::vector<double>& costs, std::size_t groups);

/// Chunks of `chunk` images that hold at least one image with something missing, group after group.
/// missing[g][i]: image i lacks a record of some model of group g.
std::vector<WorkUnit> work_units(const std::vector<std::vector<bool>>& missing, std::size_t chunk);

/// Images first .. first + count - 1 in batches of `batch`, the last one shorter.
std::vector<Batch> batches(const Batch& images, std::size_t batch);

}  // namespace sightline::plan
