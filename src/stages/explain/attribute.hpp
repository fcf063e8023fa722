#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"

namespace sightline::stages {

/// collective. Runs the command `attribute`: explains the images of the job with its models and methods, writes
/// explanations.h5 and skipped_images.txt, and records the run in run.json. Returns ExitCode::stopped after a signal.
/// Throws base::Error as `resolve`, OutputClaim and `explain_job`.
base::ExitCode attribute(const comm::Communicator& ranks, const job::ParsedJob& parsed);

}  // namespace sightline::stages
