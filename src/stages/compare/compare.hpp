#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::stages {

/// collective. The command `compare`: compares the maps of a store pair by pair and writes comparison.h5 and
/// tables/*.csv.
base::ExitCode compare(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print);

}  // namespace sightline::stages
