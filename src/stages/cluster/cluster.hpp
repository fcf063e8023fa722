#pragma once

#include "base/error.hpp"
#include "comm/communicator.hpp"
#include "job/options.hpp"

namespace sightline::stages {

/// collective. Runs the command `cluster`: clusters dissimilarity matrices on the root and writes tables of trees,
/// cuts, communities and projections to OUTPUT/tables, or beside the first matrix without --output. Throws
/// base::Error(usage) when neither a matrix nor --output is given or a linkage or a community search is unknown, and
/// base::Error as read_cluster_tables and ItemGroups.
base::ExitCode cluster(const comm::Communicator& ranks, const job::ParsedJob& parsed);

}  // namespace sightline::stages
