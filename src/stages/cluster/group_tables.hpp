#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "job/job_config.hpp"
#include "stages/cluster/cluster_tables.hpp"
#include "stages/cluster/item_groups.hpp"

namespace sightline::stages {

/// Root only. `clusters`: of each of the tables. Tests whether the groups of items (ItemGroups) differ and writes to
/// `folder`: group_tests.csv (PERMANOVA, ANOSIM, between minus within, and silhouette, with bootstrap limits and
/// permutation p values, Holm-adjusted over the matrices), group_dissimilarity.csv (mean dissimilarity within and
/// between groups), group_agreement.csv (partitions against groups) and item_groups.csv. Says the answer for each
/// matrix in the log. Writes nothing when no matrix has two groups, one of them with two items. Throws
/// base::Error(fault) when a file cannot be written, and base::Error(stopped) after a signal.
void write_group_tables(const job::JobConfig& config, const std::vector<ClusterTable>& tables,
                        const std::vector<Clusters>& clusters, const ItemGroups& groups,
                        const std::filesystem::path& folder);

}  // namespace sightline::stages
