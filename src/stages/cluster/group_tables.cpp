#include "stages/cluster/group_tables.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <map>

#include <fmt/format.h>

#include "base/csv.hpp"
#include "base/file.hpp"
#include "base/log.hpp"
#include "base/text.hpp"
#include "clustering/partition_agreement.hpp"
#include "clustering/silhouette.hpp"
#include "statistics/bootstrap.hpp"
#include "statistics/group_tests.hpp"
#include "statistics/statistics.hpp"

namespace sightline::stages {
namespace {

using base::python_number;
using statistics::Groups;
using statistics::PermutationTest;

enum Test : std::size_t { permanova, anosim, between_minus_within, silhouette };
constexpr std::array test_names{"permanova", "anosim", "between_minus_within", "silhouette"};
constexpr std::array effect_names{"r_squared", "r", "difference", "silhouette"};

using Effects = std::array<double, test_names.size()>;

/// The statistics of one matrix, as functions of the groups.
std::vector<statistics::GroupStatistic> statistics_of(const std::vector<double>& matrix,
                                                      const std::vector<double>& ranks) {
  return {[&](const Groups& groups) { return statistics::permanova(matrix, groups).r_squared; },
          [&](const Groups& groups) { return statistics::anosim(ranks, groups); },
          [&](const Groups& groups) { return statistics::between_minus_within(matrix, groups); },
          [&](const Groups& groups) { return clustering::silhouette(matrix, groups); }};
}

/// Mean dissimilarities within and between groups, groups x groups; NaN for a group of one item.
std::vector<double> group_means(const std::vector<double>& matrix, const GroupedItems& grouped) {
  const auto groups = grouped.names.size();
  const auto items = grouped.items.size();
  std::vector<double> sums(groups * groups, 0.0);
  std::vector<double> pairs(groups * groups, 0.0);
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = i + 1; j < items; ++j) {
      const auto [low, high] = std::minmax(grouped.groups[i], grouped.groups[j]);
      sums[low * groups + high] += matrix[i * items + j];
      pairs[low * groups + high] += 1.0;
    }
  }
  for (std::size_t cell = 0; cell < sums.size(); ++cell) {
    sums[cell] /= pairs[cell];
  }
  return sums;
}

/// What is known of the groups in one matrix.
struct GroupResult {
  std::string matrix;
  GroupedItems grouped;
  double f = 0.0;  ///< PERMANOVA's
  std::vector<PermutationTest> tests;
  statistics::Intervals limits;  ///< of the tests' effects, then of `means`; empty without replicates
  std::vector<double> means;     ///< group_means

  std::string low(std::size_t quantity) const {
    return limits.low.empty() ? std::string() : python_number(limits.low[quantity]);
  }
  std::string high(std::size_t quantity) const {
    return limits.high.empty() ? std::string() : python_number(limits.high[quantity]);
  }
};

/// The limits of all quantities over the bootstrap replicates of the matrix.
statistics::Intervals limits_of(const ClusterTable& table, const GroupedItems& grouped, double confidence) {
  const auto& replicates = table.resampled;
  if (replicates.empty()) {
    return {};
  }
  const auto groups = grouped.names.size();
  Eigen::MatrixXd quantities(static_cast<Eigen::Index>(replicates.size()),
                             static_cast<Eigen::Index>(test_names.size() + groups * groups));
  for (std::size_t r = 0; r < replicates.size(); ++r) {
    const auto matrix = statistics::submatrix(replicates[r], table.matrix.names.size(), grouped.items);
    const auto ranks = statistics::rank_pairs(matrix, grouped.items.size());
    Eigen::Index column = 0;
    for (const auto& statistic : statistics_of(matrix, ranks)) {
      quantities(static_cast<Eigen::Index>(r), column++) = statistic(grouped.groups);
    }
    for (const double mean : group_means(matrix, grouped)) {
      quantities(static_cast<Eigen::Index>(r), column++) = mean;
    }
  }
  return statistics::intervals(quantities, confidence);
}

GroupResult test_groups(const job::JobConfig& config, const ClusterTable& table, GroupedItems grouped) {
  const auto matrix = statistics::submatrix(table.matrix.values, table.matrix.names.size(), grouped.items);
  const auto ranks = statistics::rank_pairs(matrix, grouped.items.size());
  GroupResult result;
  result.matrix = table.name;
  result.grouped = std::move(grouped);
  result.f = statistics::permanova(matrix, result.grouped.groups).f;
  result.tests = statistics::permute_groups(result.grouped.groups, statistics_of(matrix, ranks),
                                            config.cluster.permutations, config.seed);
  result.limits = limits_of(table, result.grouped, config.compare.confidence);
  result.means = group_means(matrix, result.grouped);
  return result;
}

/// The p values of one test, adjusted by Holm's method over the matrices.
std::vector<double> adjusted(const std::vector<GroupResult>& results, std::size_t test) {
  std::vector<double> p;
  for (const auto& result : results) {
    p.push_back(std::isnan(result.tests[test].p) ? 1.0 : result.tests[test].p);
  }
  return statistics::holm(p);
}

std::string tests_csv(const std::vector<GroupResult>& results) {
  base::CsvTable csv({"matrix", "test", "groups", "items", "statistic", "effect_name", "effect", "effect_low",
                      "effect_high", "effect_by_chance", "p", "p_adjusted", "arrangements", "exact"});
  std::array<std::vector<double>, test_names.size()> p_adjusted;
  for (std::size_t test = 0; test < test_names.size(); ++test) {
    p_adjusted[test] = adjusted(results, test);
  }
  for (std::size_t number = 0; number < results.size(); ++number) {
    const auto& result = results[number];
    for (std::size_t test = 0; test < test_names.size(); ++test) {
      const auto& found = result.tests[test];
      csv.add({result.matrix, test_names[test], std::to_string(result.grouped.names.size()),
               std::to_string(result.grouped.items.size()), python_number(test == permanova ? result.f : found.value),
               effect_names[test], python_number(found.value), result.low(test), result.high(test),
               python_number(found.by_chance), python_number(found.p), python_number(p_adjusted[test][number]),
               std::to_string(found.arrangements), found.exact ? "1" : "0"});
    }
  }
  return csv.text();
}

std::string dissimilarity_csv(const std::vector<GroupResult>& results) {
  base::CsvTable csv({"matrix", "group_a", "group_b", "mean_dissimilarity", "low", "high"});
  for (const auto& result : results) {
    const auto groups = result.grouped.names.size();
    for (std::size_t a = 0; a < groups; ++a) {
      for (std::size_t b = a; b < groups; ++b) {
        const auto cell = a * groups + b;
        const auto quantity = test_names.size() + cell;
        csv.add({result.matrix, result.grouped.names[a], result.grouped.names[b], python_number(result.means[cell]),
                 result.low(quantity), result.high(quantity)});
      }
    }
  }
  return csv.text();
}

/// The partitions into as many clusters as there are groups, and those that choose the number themselves.
std::string agreement_csv(const std::vector<ClusterTable>& tables, const std::vector<Clusters>& clusters,
                          const ItemGroups& groups) {
  base::CsvTable csv({"matrix", "partition", "clusters", "adjusted_rand_index", "adjusted_mutual_information"});
  for (std::size_t number = 0; number < tables.size(); ++number) {
    const auto& table = tables[number];
    const auto grouped = group_items(groups, table.matrix.names);
    if (!grouped.comparable()) {
      continue;
    }
    for (const auto& partition : clusters[number].partitions) {
      if (partition.cut != 0 && partition.cut != grouped.names.size()) {
        continue;
      }
      Groups found;
      for (const auto item : grouped.items) {
        found.push_back(partition.clusters[item]);
      }
      csv.add({table.name, partition.name,
               std::to_string(1 + *std::max_element(partition.clusters.begin(), partition.clusters.end())),
               python_number(clustering::adjusted_rand_index(grouped.groups, found)),
               python_number(clustering::adjusted_mutual_information(grouped.groups, found))});
    }
  }
  return csv.text();
}

std::string groups_csv(const std::vector<ClusterTable>& tables, const ItemGroups& groups) {
  std::map<std::string, std::string> group_of;
  for (const auto& table : tables) {
    if (are_layers(table.matrix.names)) {
      continue;
    }
    for (const auto& name : table.matrix.names) {
      group_of.emplace(name, groups.of(name));
    }
  }
  base::CsvTable csv({"name", "group"});
  for (const auto& [name, group] : group_of) {
    csv.add({name, group});
  }
  return csv.text();
}

/// The answer in one line of the log.
void tell(const GroupResult& result) {
  const auto& test = result.tests[permanova];
  std::string limits;
  if (!result.limits.low.empty()) {
    limits = fmt::format(" ({:.0f} to {:.0f} %)", 100.0 * result.limits.low[permanova],
                         100.0 * result.limits.high[permanova]);
  }
  base::log_info(fmt::format(
      "cluster: {}: {:.0f} %{} of the variation lies between the groups {}; {:.0f} % would by chance (p {:.2g}, {}{} "
      "arrangements)",
      result.matrix, 100.0 * test.value, limits, result.grouped.text(), 100.0 * test.by_chance, test.p,
      test.exact ? "all " : "", test.arrangements));
}

}  // namespace

void write_group_tables(const job::JobConfig& config, const std::vector<ClusterTable>& tables,
                        const std::vector<Clusters>& clusters, const ItemGroups& groups,
                        const std::filesystem::path& folder) {
  std::vector<GroupResult> results;
  for (const auto& table : tables) {
    if (are_layers(table.matrix.names)) {
      base::log_info(
          fmt::format("cluster: {}: groups are not tested, since layers of one model are not independent", table.name));
    } else if (auto grouped = group_items(groups, table.matrix.names); grouped.comparable()) {
      results.push_back(test_groups(config, table, std::move(grouped)));
      tell(results.back());
    }
  }
  if (results.empty()) {
    return;
  }
  base::write_text(folder / "group_tests.csv", tests_csv(results));
  base::write_text(folder / "group_dissimilarity.csv", dissimilarity_csv(results));
  base::write_text(folder / "group_agreement.csv", agreement_csv(tables, clusters, groups));
  base::write_text(folder / "item_groups.csv", groups_csv(tables, groups));
}

}  // namespace sightline::stages
