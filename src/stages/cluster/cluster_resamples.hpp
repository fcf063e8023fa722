#pragma once

#include <vector>

#include "comm/communicator.hpp"
#include "job/job_config.hpp"
#include "stages/cluster/cluster_input.hpp"

namespace sightline::stages {

/// collective. Adds the bootstrap replicates (--cluster.resamples) of the tables whose similarities are known, on the
/// root. The ranks share the pairs of models, so that none reads the similarities of all pairs; the replicates do not
/// depend on the number of ranks. `tables`: of the root; ignored elsewhere. Throws base::Error(input) when the file has
/// other similarities than `compare` writes, and base::Error(stopped) after a signal.
void add_resamples(const comm::Communicator& ranks, const job::JobConfig& config, std::vector<ClusterTable>& tables);

}  // namespace sightline::stages
