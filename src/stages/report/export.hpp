#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"

namespace sightline::stages {

/// collective. The command `export`: writes the maps of a store in the format of another tool.
base::ExitCode export_store(const comm::Communicator& ranks, const job::ParsedJob& parsed);

}  // namespace sightline::stages
