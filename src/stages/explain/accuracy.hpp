#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::stages {

/// collective. Runs the command `accuracy`: predicts every image with each model twice, by the model's own
/// preprocessing (--transforms model) and resized straight to 224 x 224 (common). Writes tables/accuracy_transforms.csv
/// and prints the accuracies and the difference of top-1. Returns ExitCode::stopped after a signal. Throws base::Error
/// as `resolve` and `explain_job`, and base::Error(input) when no image has a label.
base::ExitCode accuracy(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print);

}  // namespace sightline::stages
