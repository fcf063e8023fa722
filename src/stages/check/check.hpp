#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"
#include "stages/run/print.hpp"

namespace sightline::stages {

/// collective. Runs the command `check`: tests MPI, the devices, a store that all ranks write to, the work counter and
/// a model on all ranks, and prints the results. Returns ExitCode::done also after warnings. Throws base::Error(fault)
/// when --device cuda finds no GPU, the folder cannot be written to, or the store loses records.
base::ExitCode check(const comm::Communicator& ranks, const job::ParsedJob& parsed, const Print& print);

}  // namespace sightline::stages
