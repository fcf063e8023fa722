#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"

namespace sightline::stages {

/// collective. Runs the command `merge`: copies the good records of the stores that `attribute --part` wrote into
/// OUTPUT/explanations.h5. The parts are those on the command line, or all folders in OUTPUT/parts. Returns
/// ExitCode::stopped after a signal. Throws base::Error(usage) without --output, base::Error(input) when there are no
/// parts, and as store::prepare_store when the parts are of different jobs.
base::ExitCode merge(const comm::Communicator& ranks, const job::ParsedJob& parsed);

}  // namespace sightline::stages
