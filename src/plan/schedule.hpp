#pragma once

#include <cstddef>
#include <vector>

namespace sightline::plan {

/// What a run costs besides the units, in seconds.
struct Overheads {
  double start = 0.0;              ///< before the first unit, on every rank at once: survey and store
  double request = 0.0;            ///< from asking for a unit to having it
  std::vector<double> load_group;  ///< loading the models of each group, paid by a rank that turns to it
};

/// A unit of work: who needs which models for how long.
struct TimedUnit {
  std::size_t group = 0;
  double seconds = 0.0;
};

/// What is to be expected of a run.
struct RunEstimate {
  double seconds = 0.0;     ///< until the last rank is done
  double efficiency = 0.0;  ///< seconds of units / (ranks x seconds), in [0, 1]
};

/// Plays the run on `ranks` ranks of equal speed as the work counter hands it out: units in order, each to the rank
/// that asks next; a rank asks for its next unit when it begins the one before. `ranks` > 0; no units give efficiency
/// 0.
RunEstimate simulate(const std::vector<TimedUnit>& units, const Overheads& overheads, std::size_t ranks);

}  // namespace sightline::plan
