#pragma once

#include <cstddef>
#include <vector>

namespace sightline::plan {

/// A work unit: consecutive images of the job's list, which one rank explains with one group of models.
struct WorkUnit {
  std::size_t first = 0;  ///< index of the first image
  std::size_t count = 0;  ///< number of images
  std::size_t group = 0;  ///< index of the group of models
};

/// The images first to first + count - 1, which pass through a model together. Batches depend only on the job, not on
/// the ranks, the groups of models or the records that exist already. A resumed run therefore repeats the same batches,
/// which makes its results bitwise identical.
struct Batch {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// The indices in the job of models that a rank keeps in memory together.
using ModelGroup = std::vector<std::size_t>;

/// The number of groups into which the models are divided: the smallest number for which there are at least
/// units_per_rank work units per rank (if there is more than one rank), so that all ranks finish at about the same
/// time, and for which no group has more than `max_group_size` models (0 = any number), but at most one group per
/// model. `chunks` is the number of chunks of images.
std::size_t group_count(std::size_t models, std::size_t chunks, std::size_t ranks, std::size_t max_group_size);
/// The number of work units per rank that group_count aims at.
inline constexpr std::size_t units_per_rank = 16;

/// Divides the models with these costs (in any unit) into groups whose sizes differ by at most one. The first groups
/// have the most expensive models, so that the last work units are cheap and all ranks finish at about the same time.
std::vector<ModelGroup> group_models(const std::vector<double>& costs, std::size_t groups);

/// The work units that remain, group after group. missing[g][i] is true if image i lacks a record of a model of group
/// g. The images are divided into chunks of `chunk` images; a unit is a chunk and a group with at least one missing
/// record.
std::vector<WorkUnit> work_units(const std::vector<std::vector<bool>>& missing, std::size_t chunk);

/// Divides `images` into batches of `batch` images; the last one may be shorter.
std::vector<Batch> batches(const Batch& images, std::size_t batch);

}  // namespace sightline::plan
