#include "stages/plan/forecast.hpp"

#include "plan/schedule.hpp"
#include "stages/explain/work.hpp"

namespace sightline::stages {
namespace {

/// Seconds from the request of a unit to its arrival: on average half of the work counter's polling pause, and as much
/// again for the messages.
constexpr double request_seconds = 0.0005;

/// The units of a run with these groups of models, with their durations.
std::vector<plan::TimedUnit> timed_units(const std::vector<plan::ModelGroup>& groups,
                                         const std::vector<double>& image_seconds, std::size_t images,
                                         plan::UnitSizes sizes) {
  std::vector<plan::TimedUnit> units;
  sizes.image_seconds = plan::sums_by_group(groups, image_seconds);
  for (const auto& unit : plan::work_units(std::vector(groups.size(), std::vector<bool>(images, true)), sizes)) {
    units.push_back({unit.group, sizes.image_seconds[unit.group] * static_cast<double>(unit.count)});
  }
  return units;
}

}  // namespace

RunForecast Forecast::on(std::size_t ranks) const {
  const auto all = plan::group_models(measurements_.image_seconds, group_count(job_, images_, chunk_, ranks));
  const plan::Overheads overheads{measurements_.survey_seconds, request_seconds,
                                  plan::sums_by_group(all, measurements_.load_seconds)};
  const auto units = timed_units(all, measurements_.image_seconds, images_, {chunk_, batch_, {}, ranks});
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
