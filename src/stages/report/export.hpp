#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"

namespace sightline::stages {

/// collective. Runs the command `export`: writes the maps of a store to --output in the format --to (npy, png or
/// virelay). Throws base::Error(usage) when the store, --to or --output is missing, base::Error(input) when the file is
/// not a store, and as run_analysis.
base::ExitCode export_store(const comm::Communicator& ranks, const job::ParsedJob& parsed);

}  // namespace sightline::stages
