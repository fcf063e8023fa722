#pragma once

#include <cstddef>
#include <vector>

namespace sightline::plan {

/// The times of a run besides the work units, in seconds.
struct Overheads {
  double start =
      0.0;  ///< before the first unit, on all ranks at the same time: survey of the models, creation of the store
  double request = 0.0;            ///< from the request of a unit to its arrival
  std::vector<double> load_group;  ///< loading the models of each group, when a rank changes to it
};

/// A work unit: the group of models that it needs, and its duration.
struct TimedUnit {
  std::size_t group = 0;  ///< index of the group in Overheads::load_group
  double seconds = 0.0;
};

/// The forecast of a run.
struct RunEstimate {
  double seconds = 0.0;     ///< until the last rank has finished
  double efficiency = 0.0;  ///< seconds of units / (ranks x seconds), in [0, 1]
};

/// Simulates a run on `ranks` (> 0) ranks of equal speed. As by comm::WorkCounter, units are distributed in order, each
/// to the rank that requests one next. A rank requests its next unit when it begins the current one. Without units the
/// efficiency is 0.
RunEstimate simulate(const std::vector<TimedUnit>& units, const Overheads& overheads, std::size_t ranks);

}  // namespace sightline::plan
