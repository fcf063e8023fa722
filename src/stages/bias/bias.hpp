#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::stages {

/// collective. The command `bias`: explains pairs of the worst predicted images of two classes and writes
/// tables/bias_*.csv.
base::ExitCode bias(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print);

}  // namespace sightline::stages
