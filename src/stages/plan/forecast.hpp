#pragma once

#include <cstddef>
#include <vector>

#include "plan/work_units.hpp"
#include "stages/plan/measurements.hpp"

namespace sightline::stages {

/// The forecast of the whole job on some number of ranks, as if nothing of it were done yet.
struct RunForecast {
  std::size_t ranks = 0;
  std::size_t groups = 0;   ///< groups that the models are divided into (plan::group_count)
  std::size_t units = 0;    ///< work units
  double seconds = 0.0;     ///< until the last rank has finished
  double efficiency = 0.0;  ///< in [0, 1] (plan::simulate)
};

/// Forecasts a job on any number of ranks by simulating its schedule with the times that were measured on this rank.
class Forecast {
 public:
  /// `images`: the number of images of the job; `chunk`: most images of a work unit (chunk_size); `batch`: images in
  /// one pass. The job and the measurements must outlive the forecast.
  Forecast(const ResolvedJob& job, const Measurements& measurements, std::size_t images, std::size_t chunk,
           std::size_t batch)
      : job_(job), measurements_(measurements), images_(images), chunk_(chunk), batch_(batch) {}

  /// The run on `ranks` ranks, each as fast as this one.
  RunForecast on(std::size_t ranks) const;

  /// The runs on 1, 2, 4, ... 4096 ranks.
  std::vector<RunForecast> scaling() const;

 private:
  const ResolvedJob& job_;
  const Measurements& measurements_;
  std::size_t images_;
  std::size_t chunk_;
  std::size_t batch_;
};

}  // namespace sightline::stages
