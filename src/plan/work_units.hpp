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

/// For each group, the sum over its models of `seconds`, which has a number for every model of the job.
std::vector<double> sums_by_group(const std::vector<ModelGroup>& groups, const std::vector<double>& seconds);

/// How the images of a job are divided, and how long they take.
struct UnitSizes {
  std::size_t chunk = 16;  ///< most images of a unit; batches do not reach beyond a chunk
  std::size_t batch = 8;   ///< images that pass through a model together
  /// Seconds for one image and all models of a group, by group; may be empty, then units are whole chunks.
  std::vector<double> image_seconds = {};
  std::size_t ranks = 1;
};

/// The work units that remain, group after group. missing[g][i] is true if image i lacks a record of a model of group
/// g. The images are divided into chunks. A unit is a chunk and a group with at least one missing record, or a part of
/// it where it would take longer than a quarter of what is left for each rank (but least_unit_seconds are always right,
/// and most_unit_seconds too long): then it is some of the chunk's batches. Only a batch that takes longer than
/// most_unit_seconds is divided into images, since each part repeats the pass that the batch's images share.
std::vector<WorkUnit> work_units(const std::vector<std::vector<bool>>& missing, const UnitSizes& sizes);
inline constexpr double least_unit_seconds = 1.0;
inline constexpr double most_unit_seconds = 30.0;

/// The batches of a chunk that have images of a work unit. `images`: the number of images of the job.
std::vector<Batch> batches_of(const WorkUnit& unit, const UnitSizes& sizes, std::size_t images);

/// Divides `images` into batches of `batch` images; the last one may be shorter.
std::vector<Batch> batches(const Batch& images, std::size_t batch);

}  // namespace sightline::plan
