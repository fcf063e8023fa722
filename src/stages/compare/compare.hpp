#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::stages {

/// Throws base::Error(usage) for mistakes in the options of a comparison that can be told without a file.
void check_comparison(const job::JobConfig& config);

/// collective. Runs the command `compare`: compares the maps of a store for every pair of models (of methods or layers,
/// with --compare.across), writes comparison.h5 and tables/*.csv, adds the stage to run.json, and prints the
/// dissimilarity matrices. Throws base::Error(stopped) after a signal, base::Error(usage) without --output, and as
/// ComparisonInput.
base::ExitCode compare(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print);

}  // namespace sightline::stages
