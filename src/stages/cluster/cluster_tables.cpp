#include "stages/cluster/cluster_tables.hpp"

#include <algorithm>

#include <fmt/format.h>

#include "base/csv.hpp"
#include "base/file.hpp"
#include "base/text.hpp"
#include "clustering/communities.hpp"
#include "clustering/linkage.hpp"
#include "clustering/projection.hpp"
#include "clustering/support.hpp"
#include "clustering/tree_cuts.hpp"

namespace sightline::stages {
namespace {

namespace fs = std::filesystem;
using base::csv_line;
using base::python_number;

/// Clusters one matrix and writes its tables.
class Clusterer {
 public:
  Clusterer(const job::JobConfig& config, const ClusterTable& table, fs::path folder)
      : config_(config),
        name_(table.name),
        names_(table.matrix.names),
        values_(table.matrix.values),
        resampled_(table.resampled),
        folder_(std::move(folder)) {}

  Clusters write() {
    for (const auto& method : config_.cluster.linkages) {
      const auto tree = clustering::linkage(values_, names_.size(), method);
      write_tree(tree, method);
      write_leaves(tree, method);
      write_cuts(tree, method);
      const double fit = clustering::cophenetic_correlation(tree, values_, names_.size());
      found_.summary += csv_line({name_, method, python_number(fit)}) + "\n";
    }
    write_communities();
    if (names_.size() > 1) {
      write_projection("pca", "pc1,pc2", clustering::principal_components(values_, names_.size(), 2));
      write_projection("mds", "x,y", clustering::classical_mds(values_, names_.size(), 2));
    }
    return std::move(found_);
  }

 private:
  void write_file(const std::string& kind, const std::string& suffix, const std::string& text) const {
    base::write_text(folder_ / fmt::format("{}_{}{}.csv", kind, name_, suffix), text);
  }

  void write_tree(const std::vector<clustering::Merge>& tree, const std::string& method) const {
    std::vector<double> support;
    if (!resampled_.empty()) {
      support = clustering::support(tree, names_.size(), method, resampled_.size(),
                                    [&](std::size_t r) { return resampled_[r]; });
    }
    std::string text = "left,right,height,items,support\n";
    for (std::size_t i = 0; i < tree.size(); ++i) {
      text += fmt::format("{},{},{},{},{}\n", tree[i].left, tree[i].right, python_number(tree[i].height), tree[i].items,
                          support.empty() ? "" : python_number(support[i]));
    }
    write_file("linkage", "_" + method, text);
  }

  void write_order(const std::string& kind, const std::string& method, const std::vector<std::size_t>& order) const {
    std::string text = "position,item,name\n";
    for (std::size_t position = 0; position < order.size(); ++position) {
      text += csv_line({std::to_string(position), std::to_string(order[position]), names_[order[position]]}) + "\n";
    }
    write_file(kind, "_" + method, text);
  }

  void write_leaves(const std::vector<clustering::Merge>& tree, const std::string& method) const {
    write_order("leaves", method, clustering::leaf_order(tree, names_.size()));
    write_order("optimal_leaves", method, clustering::optimal_leaf_order(tree, values_, names_.size()));
  }

  void write_cuts(const std::vector<clustering::Merge>& tree, const std::string& method) {
    const auto most = std::min(names_.size(), static_cast<std::size_t>(config_.cluster.max_clusters));
    std::vector<base::CsvRow> rows = {{"name"}};
    for (const auto& name : names_) {
      rows.push_back({name});
    }
    for (std::size_t clusters = 2; clusters <= most; ++clusters) {
      rows[0].push_back(fmt::format("k{}", clusters));
      auto labels = clustering::cut_tree(tree, names_.size(), clusters);
      for (std::size_t item = 0; item < labels.size(); ++item) {
        rows[item + 1].push_back(std::to_string(labels[item]));
      }
      found_.partitions.push_back({fmt::format("{}_k{}", method, clusters), std::move(labels), clusters});
    }
    write_file("flat_clusters", "_" + method, lines(rows));
  }

  void write_communities() {
    std::vector<double> similarity;
    for (const double value : values_) {
      similarity.push_back(1.0 - value);
    }
    std::vector<base::CsvRow> rows = {{"name"}};
    for (const auto& name : names_) {
      rows.push_back({name});
    }
    std::vector<base::CsvRow> quality = {
        {"algorithm", "resolution", "communities", "modularity", "runs", "distinct_partitions", "stability"}};
    for (const auto& algorithm : config_.cluster.communities) {
      for (const double resolution : config_.cluster.resolutions) {
        auto found =
            clustering::find_communities(similarity, names_.size(), algorithm, resolution,
                                         static_cast<std::size_t>(config_.cluster.community_runs), config_.seed);
        rows[0].push_back(algorithm + "_" + python_number(resolution));
        std::size_t communities = 0;
        for (std::size_t item = 0; item < names_.size(); ++item) {
          rows[item + 1].push_back(std::to_string(found.labels[item]));
          communities = std::max(communities, found.labels[item] + 1);
        }
        quality.push_back({algorithm, python_number(resolution), std::to_string(communities),
                           python_number(found.modularity), std::to_string(found.runs),
                           std::to_string(found.distinct_partitions), python_number(found.stability)});
        found_.partitions.push_back({rows[0].back(), std::move(found.labels)});
      }
    }
    write_file("communities", "", lines(rows));
    write_file("community_quality", "", lines(quality));
  }

  void write_projection(const std::string& kind, const std::string& axes,
                        const clustering::Projection& projection) const {
    std::string points = "name," + axes + "\n";
    for (std::size_t item = 0; item < names_.size(); ++item) {
      points += csv_line({names_[item], python_number(projection.coordinates[2 * item]),
                          python_number(projection.coordinates[2 * item + 1])}) +
                "\n";
    }
    write_file(kind, "", points);
    std::string shares = "component,explained_variance_ratio\n";
    for (std::size_t d = 0; d < projection.share.size(); ++d) {
      shares += fmt::format("{},{}\n", d + 1, python_number(projection.share[d]));
    }
    write_file(kind + "_variance", "", shares);
  }

  static std::string lines(const std::vector<base::CsvRow>& rows) {
    std::string text;
    for (const auto& row : rows) {
      text += csv_line(row) + "\n";
    }
    return text;
  }

  const job::JobConfig& config_;
  const std::string& name_;
  const std::vector<std::string>& names_;
  const std::vector<double>& values_;
  const std::vector<std::vector<double>>& resampled_;
  fs::path folder_;
  Clusters found_;
};

}  // namespace

Clusters write_clusters(const job::JobConfig& config, const ClusterTable& table, const fs::path& folder) {
  return Clusterer(config, table, folder).write();
}

}  // namespace sightline::stages
