#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"

namespace sightline::stages {

/// collective. The command `merge`: joins the stores of parts into one.
base::ExitCode merge(const comm::Communicator& ranks, const job::ParsedJob& parsed);

}  // namespace sightline::stages
