#pragma once

#include <map>
#include <string>
#include <vector>

#include "job/job_config.hpp"
#include "stages/cluster/cluster_input.hpp"

namespace sightline::stages {

/// The groups of items that the group tests compare.
class ItemGroups {
 public:
  /// The groups of --cluster.groups, a CSV with the columns name and group; without it, the kind of each model of the
  /// zoo (ModelSpec::kind). Throws base::Error(input) when the file is no such table, names an item twice or
  /// leaves a group empty.
  explicit ItemGroups(const job::JobConfig& config);

  /// The group of an item; empty when it is in none.
  std::string of(const std::string& item) const;

  /// Throws base::Error(input) when a file of groups was given and none of its names is an item of a table whose items
  /// are no layers; if there is such a table.
  void require_any_of(const std::vector<ClusterTable>& tables) const;

 private:
  std::string file_;  ///< empty = the kinds of models
  std::map<std::string, std::string> group_of_;
};

/// Whether the items are layers of models, MODEL@LAYER, several of a model, as --compare.across depths and
/// --represent.depths make them. They are no independent items: tests that permute items are not for them.
bool are_layers(const std::vector<std::string>& items);

/// Those of a matrix' items that are in a group.
struct GroupedItems {
  std::vector<std::size_t> items;   ///< indices into the matrix' items
  std::vector<std::size_t> groups;  ///< of each of them, an index into `names`
  std::vector<std::string> names;   ///< of the groups, by first appearance

  /// Whether groups can be compared: there are at least two, and two items share one.
  bool comparable() const { return names.size() > 1 && items.size() > names.size(); }
  /// The groups with their sizes in words: "cnn (9), transformer (5)".
  std::string text() const;
};
/// Nothing of items that are layers.
GroupedItems group_items(const ItemGroups& groups, const std::vector<std::string>& items);

}  // namespace sightline::stages
