#pragma once

#include <cstddef>
#include <vector>

namespace sightline::plan {

/// Neighbouring images of the job's list, explained by one rank with all models.
struct WorkUnit {
  std::size_t first = 0;
  std::size_t count = 0;
};

/// Images first .. first + count - 1 of a unit that go through a model together. Batches depend on the job alone, never
/// on ranks or on what is done already: a resumed run repeats the very batch that a record belonged to, so its numbers
/// are the same bits.
using Batch = WorkUnit;

/// Chunks of `chunk` images that hold at least one image with something missing. missing[i]: image i lacks a record of
/// some model.
std::vector<WorkUnit> work_units(const std::vector<bool>& missing, std::size_t chunk);

/// A unit in batches of `batch` images, the last one shorter.
std::vector<Batch> batches(const WorkUnit& unit, std::size_t batch);

}  // namespace sightline::plan
