#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::stages {

/// collective. Runs the command `plan`: measures every model of the job on the root, forecasts the time of the job on
/// --ranks ranks, prints the forecast and the sbatch line, and writes tables/plan_efficiency.csv and its figure. With
/// --calibrate 0 it prints only the number of records and the size of the store. With --plan.stage compare it forecasts
/// the command `compare` on the maps that are in the output folder. Throws base::Error as `resolve`, `measure` and
/// `measure_comparison`.
base::ExitCode plan_job(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print);

}  // namespace sightline::stages
