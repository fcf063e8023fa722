#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::stages {

/// collective. The command `train`: trains new classifiers, or fine-tunes whole models, and writes their weights.
base::ExitCode train(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print);

}  // namespace sightline::stages
