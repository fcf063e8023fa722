#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::stages {

/// collective. The command `plan`: measures one image of every model and prints what the job would take.
base::ExitCode plan_job(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print);

}  // namespace sightline::stages
