#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "job/options.hpp"
#include "stages/plan/forecast.hpp"
#include "stages/plan/measurements.hpp"

namespace sightline::stages {

/// Two lines: the job's images, models, methods and records, and the size of its store. `images`: the number of images.
std::string size_text(const ResolvedJob& job, std::size_t images, const Measurements& measurements);

/// Two lines and a blank one: the memory and decoding time of a rank, and the time and efficiency of the run.
std::string time_text(const ResolvedJob& job, const Measurements& measurements, const RunForecast& run);

/// A headline, a table with a line for each run, and a blank line.
std::string scaling_text(const std::vector<RunForecast>& runs);

/// The same table as tables/plan_efficiency.csv.
std::string scaling_csv(const std::vector<RunForecast>& runs);

/// The command that submits the job with slurm/many_nodes.sbatch on --ranks ranks, with the options that `plan` was
/// given. `stage`: the command that the script is to run; empty = all of them. It asks for twice the expected time in
/// whole hours, and for a third more than `memory`, in bytes.
std::string sbatch_line(const job::ParsedJob& parsed, const std::string& stage, std::uint64_t memory, double seconds);

}  // namespace sightline::stages
