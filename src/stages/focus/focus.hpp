#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::stages {

/// collective. Runs the command `focus`: explains mosaics with the job's models and methods, writes mosaics.csv,
/// focus.h5, skipped_images.txt and tables/focus_*.csv, records the run in run.json, and prints a summary of the
/// scores. Returns ExitCode::stopped after a signal. Throws base::Error as `resolve`, `job_mosaics`, `save_mosaics`,
/// `explain_job` and `compare_features`.
base::ExitCode focus(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print);

}  // namespace sightline::stages
