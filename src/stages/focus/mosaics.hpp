#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::stages {

/// collective. The command `mosaics`: draws mosaics and writes them as PNG files beside mosaics.csv.
base::ExitCode mosaics(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print);

}  // namespace sightline::stages
