#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::stages {

/// collective. Runs the command `mosaics`: draws mosaics, writes mosaics.csv and a PNG file of each mosaic into the
/// folder mosaics, and prints a line about them. Returns ExitCode::stopped after a signal. Throws base::Error(usage)
/// without --images or --output, base::Error as `job_mosaics` and `save_mosaics`, and base::Error(input) for an image
/// that cannot be read (unless --on-bad-image is skip).
base::ExitCode mosaics(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print);

}  // namespace sightline::stages
