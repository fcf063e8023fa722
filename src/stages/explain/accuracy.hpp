#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::stages {

/// collective. The command `accuracy`: predicts every image by each model's own recipe and at 224 x 224 and writes
/// tables/accuracy_transforms.csv.
base::ExitCode accuracy(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print);

}  // namespace sightline::stages
