#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"

namespace sightline::stages {

/// collective. The command `cluster`: clusters dissimilarity matrices and writes trees, cuts, communities and
/// projections.
base::ExitCode cluster(const comm::Communicator& ranks, const job::ParsedJob& parsed);

}  // namespace sightline::stages
