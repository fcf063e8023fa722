#include "stages/cluster/item_groups.hpp"

#include <algorithm>
#include <set>

#include "base/csv.hpp"
#include "base/error.hpp"
#include "base/text.hpp"
#include "models/zoo/registry.hpp"

namespace sightline::stages {
namespace {

std::size_t column(const base::CsvRow& header, const std::string& name, const std::string& file) {
  const auto found = std::find(header.begin(), header.end(), name);
  if (found == header.end()) {
    throw base::input_error("{}: the first line has no column '{}'; it should name the columns name and group", file,
                            name);
  }
  return static_cast<std::size_t>(found - header.begin());
}

}  // namespace

ItemGroups::ItemGroups(const job::JobConfig& config) : file_(config.cluster.groups) {
  if (file_.empty()) {
    return;
  }
  const auto rows = base::read_csv(file_);
  if (rows.empty()) {
    throw base::input_error("{}: is empty; it should name the columns name and group in its first line", file_);
  }
  const auto name = column(rows.front(), "name", file_);
  const auto group = column(rows.front(), "group", file_);
  for (auto row = rows.begin() + 1; row != rows.end(); ++row) {
    if (row->size() != rows.front().size() || (*row)[name].empty() || (*row)[group].empty()) {
      throw base::input_error("{}: '{}' should have {} fields, among them a name and a group", file_,
                              base::csv_line(*row), rows.front().size());
    }
    if (!group_of_.emplace((*row)[name], (*row)[group]).second) {
      throw base::input_error("{}: names '{}' twice", file_, (*row)[name]);
    }
  }
}

std::string ItemGroups::of(const std::string& item) const {
  if (file_.empty()) {
    const auto* const model = models::model_labelled(item);
    return model == nullptr ? std::string() : model->kind;
  }
  const auto found = group_of_.find(item);
  return found == group_of_.end() ? std::string() : found->second;
}

void ItemGroups::require_any_of(const std::vector<ClusterTable>& tables) const {
  std::vector<std::string> items;
  for (const auto& table : tables) {
    if (!are_layers(table.matrix.names)) {
      items.insert(items.end(), table.matrix.names.begin(), table.matrix.names.end());
    }
  }
  if (!file_.empty() && !items.empty() &&
      std::none_of(items.begin(), items.end(), [&](const auto& item) { return group_of_.contains(item); })) {
    throw base::input_error("{}: names none of the items, which are {}", file_, base::join(items, ", "));
  }
}

std::string GroupedItems::text() const {
  std::vector<std::string> parts;
  for (std::size_t group = 0; group < names.size(); ++group) {
    parts.push_back(fmt::format("{} ({})", names[group], std::count(groups.begin(), groups.end(), group)));
  }
  return base::join(parts, ", ");
}

bool are_layers(const std::vector<std::string>& items) {
  std::set<std::string> models;
  for (const auto& item : items) {
    const auto at = item.rfind('@');
    if (at == std::string::npos || item.find('=', at) != std::string::npos) {
      return false;
    }
    models.insert(item.substr(0, at));
  }
  return models.size() < items.size();
}

GroupedItems group_items(const ItemGroups& groups, const std::vector<std::string>& items) {
  GroupedItems grouped;
  if (are_layers(items)) {
    return grouped;
  }
  for (std::size_t item = 0; item < items.size(); ++item) {
    const auto group = groups.of(items[item]);
    if (group.empty()) {
      continue;
    }
    const auto known = std::find(grouped.names.begin(), grouped.names.end(), group);
    grouped.items.push_back(item);
    grouped.groups.push_back(static_cast<std::size_t>(known - grouped.names.begin()));
    if (known == grouped.names.end()) {
      grouped.names.push_back(group);
    }
  }
  return grouped;
}

}  // namespace sightline::stages
