#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"

namespace sightline::stages {

/// collective. Runs the command `report`: draws the figures of the run in --output into figures/, writes report.html,
/// and adds the stage to run.json. Throws base::Error(usage) without --output, base::Error(input) when there is no such
/// folder, and as run_analysis.
base::ExitCode report(const comm::Communicator& ranks, const job::ParsedJob& parsed);

}  // namespace sightline::stages
