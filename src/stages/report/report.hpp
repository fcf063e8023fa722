#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"

namespace sightline::stages {

/// collective. The command `report`: draws the figures of a run and writes report.html.
base::ExitCode report(const comm::Communicator& ranks, const job::ParsedJob& parsed);

}  // namespace sightline::stages
