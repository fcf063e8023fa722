#include "stages/cluster/cluster.hpp"

#include <algorithm>
#include <filesystem>
#include <optional>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/stopwatch.hpp"
#include "base/text.hpp"
#include "stages/cluster/cluster_input.hpp"
#include "stages/cluster/cluster_resamples.hpp"
#include "stages/cluster/cluster_tables.hpp"
#include "stages/cluster/confounders.hpp"
#include "stages/cluster/group_tables.hpp"
#include "stages/run/output_claim.hpp"
#include "stages/run/resolved_job.hpp"
#include "stages/run/run_record.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;

/// Warns when Ward's linkage is used, which is defined for Euclidean distances only.
void warn_of_ward(const job::JobConfig& config) {
  if (std::find(config.cluster.linkages.begin(), config.cluster.linkages.end(), "ward") !=
      config.cluster.linkages.end()) {
    base::log_warning(
        "cluster.linkage: ward assumes Euclidean distances, which these dissimilarities are not; its "
        "heights and clusters can mislead. average is the safe choice.");
  }
}

/// The folder that tables are written to: OUTPUT/tables, or the folder of the first file without --output.
fs::path folder_of(const job::JobConfig& config, const std::vector<fs::path>& files) {
  return config.output.empty() ? files.front().parent_path() : fs::path(config.output) / "tables";
}

/// Root only. Clusters every matrix and writes the tables.
void cluster_all(const job::JobConfig& config, const std::vector<ClusterTable>& tables, const ItemGroups& groups,
                 const fs::path& folder) {
  warn_of_ward(config);
  if (!folder.empty()) {
    base::make_writable_folder(folder);
  }
  std::string summary = "matrix,linkage,cophenetic_correlation\n";
  std::vector<Clusters> found;
  for (const auto& table : tables) {
    found.push_back(write_clusters(config, table, folder));
    summary += found.back().summary;
  }
  base::write_text(folder / "linkage_summary.csv", summary);
  write_group_tables(config, tables, found, groups, folder);
  write_confounders(config, tables, groups, folder);
  base::log_info(fmt::format("cluster: {} linkage, {} communities of {} matrices",
                             base::join(config.cluster.linkages, ", "), base::join(config.cluster.communities, ", "),
                             tables.size()));
}

}  // namespace

base::ExitCode cluster(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  const auto& config = parsed.job;
  if (config.output.empty() && parsed.positionals.empty()) {
    throw base::usage_error("cluster: name a matrix (CSV), or --output with the results of 'sightline compare'");
  }
  check_clustering(config);
  const std::vector<fs::path> files(parsed.positionals.begin(), parsed.positionals.end());
  std::vector<ClusterTable> tables;
  std::optional<ItemGroups> groups;  // of the root
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      groups.emplace(config);
      tables = read_cluster_tables(config, files);
      groups->require_any_of(tables);
    }
  });
  std::optional<OutputClaim> claim;
  if (!config.output.empty()) {
    claim.emplace(ranks, config.output, "cluster");
  }
  const base::Stopwatch stopwatch;
  add_resamples(ranks, config, tables);
  ranks.all_or_throw([&] {
    if (ranks.is_root()) {
      cluster_all(config, tables, *groups, folder_of(config, files));
      if (!config.output.empty()) {
        record_stage(config.output, parsed, ranks, {}, "cluster", {{"seconds", stopwatch.seconds()}});
      }
    }
  });
  return base::ExitCode::done;
}

}  // namespace sightline::stages
