#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::stages {

/// collective. Runs the command `train`: trains new classifiers on the models' features, or fine-tunes the models
/// themselves, as --layers says. Writes weights/, tables/training*.csv and an entry of run.json. Prints a line
/// for each new classifier. Returns ExitCode::stopped after a signal. Throws base::Error as `resolve`,
/// `list_training_images`, `explain_job` and `fine_tune`, and base::Error(usage) without --train.
base::ExitCode train(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print);

}  // namespace sightline::stages
