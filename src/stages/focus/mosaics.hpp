#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"

namespace sightline::stages {

/// collective. The command `mosaics`: draws mosaics and writes them as PNG files beside mosaics.csv.
base::ExitCode mosaics(const comm::Communicator& ranks, const job::ParsedJob& parsed);

}  // namespace sightline::stages
