#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"

namespace sightline::stages {

/// collective. The command `attribute`: explains the images of the job with its models and methods into explanations.h5
/// and records the run in run.json.
base::ExitCode attribute(const comm::Communicator& ranks, const job::ParsedJob& parsed);

}  // namespace sightline::stages
