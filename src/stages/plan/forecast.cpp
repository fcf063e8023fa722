#include "stages/plan/forecast.hpp"

#include "plan/schedule.hpp"

namespace sightline::stages {
namespace {

/// Seconds from the request of a unit to its arrival: on average half of the work counter's polling pause, and as much
/// again for the messages.
constexpr double request_seconds = 0.0005;

/// The units of a run with these groups of models, with their durations.
std::vector<plan::TimedUnit> timed_units(const std::vector<plan::ModelGroup>& groups,
                                         const std::vector<double>& image_seconds, std::size_t images,
                                         std::size_t chunk) {
  std::vector<plan::TimedUnit> units;
  for (const auto& unit : plan::work_units(std::vector(groups.size(), std::vector<bool>(images, true)), chunk)) {
    double seconds = 0.0;
    for (const auto model : groups[unit.group]) {
      seconds += image_seconds[model] * static_cast<double>(unit.count);
    }
    units.push_back({unit.group, seconds});
  }
  return units;
}

}  // namespace

std::vector<plan::ModelGroup> Forecast::groups(std::size_t ranks) const {
  return plan::group_models(measurements_.image_seconds,
                            plan::group_count(job_.models.size(), (images_ + chunk_ - 1) / chunk_, ranks,
                                              static_cast<std::size_t>(job_.config.compute.models_at_once)));
}

RunForecast Forecast::on(std::size_t ranks) const {
  const auto all = groups(ranks);
  plan::Overheads overheads{measurements_.survey_seconds, request_seconds, {}};
  for (const auto& group : all) {
    double seconds = 0.0;
    for (const auto model : group) {
      seconds += measurements_.load_seconds[model];
    }
    overheads.load_group.push_back(seconds);
  }
  const auto units = timed_units(all, measurements_.image_seconds, images_, chunk_);
  const auto run = plan::simulate(units, overheads, ranks);
  return {ranks, all.size(), units.size(), run.seconds, run.efficiency};
}

std::vector<RunForecast> Forecast::scaling() const {
  constexpr std::size_t max_ranks = 4096;
  std::vector<RunForecast> runs;
  for (std::size_t ranks = 1; ranks <= max_ranks; ranks *= 2) {
    runs.push_back(on(ranks));
  }
  return runs;
}

}  // namespace sightline::stages
