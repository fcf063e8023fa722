#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::stages {

/// collective. Runs the command `bias`: predicts all images, explains pairs of the worst predicted images of two
/// classes for every model, writes predictions.h5, bias/MODEL/ and tables/bias_*.csv, records the run in run.json, and
/// prints a sentence for each suspected bias. Returns ExitCode::stopped after a signal. Throws base::Error as
/// `resolve`, `explain_job`, `read_predicted` and focus::bias_pairs.
base::ExitCode bias(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print);

}  // namespace sightline::stages
