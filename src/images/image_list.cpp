#include "images/image_list.hpp"

#include <algorithm>
#include <array>
#include <set>

#include "base/csv.hpp"
#include "base/error.hpp"
#include "base/shuffle.hpp"
#include "base/text.hpp"

namespace sightline::images {
namespace {

namespace fs = std::filesystem;

bool is_picture(const fs::path& file) {
  static const std::set<std::string> endings = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"};
  auto ending = file.extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return endings.count(ending) != 0;
}

/// Throws Error(input) when a path is not UTF-8. HDF5 and JSON store names as UTF-8; a name in another encoding would
/// be read back as a different name.
void require_utf8(const std::string& path, const std::string& where) {
  if (!base::is_utf8(path)) {
    throw base::input_error("{}: the name of '{}' is not UTF-8; rename the file", where, path);
  }
}

/// The labels of the class folders by name. The empty name, of images without a folder, has the label -1.
std::map<std::string, int> number_folders(const std::vector<ImageEntry>& entries,
                                          const std::optional<ClassIndex>& classes, const fs::path& root) {
  std::map<std::string, int> labels;
  for (const auto& entry : entries) {
    labels[class_folder(entry.path)] = -1;
  }
  labels.erase("");
  int next = 0;
  for (auto& [folder, label] : labels) {
    label = next++;
    if (classes) {
      const auto known = classes->find(folder);
      if (!known) {
        throw base::input_error("{}: the folder '{}' is not in the class list of {} classes (--classes)", root.string(),
                                folder, classes->size());
      }
      label = *known;
    }
  }
  labels[""] = -1;
  return labels;
}

ImageList list_folder(const fs::path& root, const std::optional<ClassIndex>& classes) {
  ImageList list{root, {}};
  for (const auto& item : fs::recursive_directory_iterator(root, fs::directory_options::follow_directory_symlink)) {
    if (item.is_regular_file() && is_picture(item.path())) {
      list.entries.push_back({item.path().lexically_relative(root).generic_string(), -1});
    }
  }
  if (list.entries.empty()) {
    throw base::input_error("{}: no pictures in this folder (.jpg, .jpeg, .png, .bmp, .webp, .tif)", root.string());
  }
  std::sort(list.entries.begin(), list.entries.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
  for (const auto& entry : list.entries) {
    require_utf8(entry.path, root.string());
  }
  const auto labels = number_folders(list.entries, classes, root);
  for (auto& entry : list.entries) {
    entry.label = labels.at(class_folder(entry.path));
  }
  return list;
}

int parse_label(const std::string& text, const std::optional<ClassIndex>& classes, const std::string& where) {
  if (text.empty()) {
    return -1;
  }
  const auto index = base::parse_integer(text);
  if (index && *index >= -1 && *index <= 1'000'000) {
    return static_cast<int>(*index);
  }
  const auto known = classes ? classes->find(text) : std::nullopt;
  if (!known) {
    throw base::input_error("{}: label '{}' is neither a class index nor in the class list (--classes)", where, text);
  }
  return *known;
}

ImageList list_csv(const fs::path& csv, const std::optional<ClassIndex>& classes, bool must_exist) {
  const auto rows = base::read_csv(csv);
  if (rows.empty() || base::trim(rows[0][0]) != "path" || (rows[0].size() > 1 && base::trim(rows[0][1]) != "label")) {
    throw base::input_error("{}: the first line must be 'path,label' (or 'path')", csv.string());
  }
  std::map<std::string, std::size_t> seen;
  ImageList list{csv.has_parent_path() ? csv.parent_path() : fs::path("."), {}};
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto where = fmt::format("{}: record {}", csv.string(), i);
    list.entries.push_back({rows[i][0], parse_label(rows[i].size() > 1 ? base::trim(rows[i][1]) : "", classes, where)});
    require_utf8(rows[i][0], where);
    if (const auto [first, added] = seen.emplace(rows[i][0], i); !added) {
      throw base::input_error("{}: {} is listed already, as record {}", where, rows[i][0], first->second);
    }
    if (must_exist && !fs::is_regular_file(list.file(i - 1))) {
      throw base::input_error("{}: {}: no such file", where, list.file(i - 1).string());
    }
  }
  if (list.entries.empty()) {
    throw base::input_error("{}: lists no pictures", csv.string());
  }
  return list;
}

}  // namespace

std::vector<std::string> ImageList::paths() const {
  std::vector<std::string> all;
  all.reserve(entries.size());
  for (const auto& entry : entries) {
    all.push_back(entry.path);
  }
  return all;
}

std::string class_folder(const std::string& path) {
  const auto slash = path.find('/');
  return slash == std::string::npos ? "" : path.substr(0, slash);
}

ClassIndex ClassIndex::read(const fs::path& csv) {
  const auto rows = base::read_csv(csv);
  if (rows.empty() || rows[0].size() < 2 || base::trim(rows[0][0]) != "index") {
    throw base::input_error("{}: the first line must be 'index,wnid,name'", csv.string());
  }
  if (rows.size() == 1) {
    throw base::input_error("{}: lists no classes below its first line", csv.string());
  }
  ClassIndex classes(csv.string());
  for (std::size_t i = 1; i < rows.size(); ++i) {
    classes.add_record(rows[i], fmt::format("{}: record {}", csv.string(), i));
  }
  return classes;
}

void ClassIndex::add_record(const std::vector<std::string>& row, const std::string& where) {
  const auto index = base::parse_integer(base::trim(row[0]));
  if (!index || *index < 0 || *index > 1'000'000 || row.size() < 2) {
    throw base::input_error("{}: '{}' should be index,wnid,name with an index from 0 to 1000000", where,
                            base::join(row, ","));
  }
  const auto number = static_cast<int>(*index);
  const auto name = base::trim(row.back());
  if (name.empty()) {
    throw base::input_error("{}: the class {} has no name in the last column", where, number);
  }
  if (const auto [earlier, added] = names_.emplace(number, name); !added) {
    throw base::input_error("{}: the class {} is listed already, as '{}'", where, number, earlier->second);
  }
  for (std::size_t column = 1; column < row.size(); ++column) {
    const auto key = base::trim(row[column]);
    if (!base::is_utf8(key)) {
      throw base::input_error("{}: '{}' is not UTF-8; save the file in this encoding", where, key);
    }
    if (!key.empty()) {
      by_key_[key].insert(number);
    }
  }
}

ClassIndex::ClassIndex(const std::vector<std::string>& names) {
  for (std::size_t i = 0; i < names.size(); ++i) {
    names_[static_cast<int>(i)] = names[i];
    by_key_[names[i]].insert(static_cast<int>(i));
  }
}

std::optional<int> ClassIndex::find(const std::string& key) const {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) {
    return std::nullopt;
  }
  if (found->second.size() > 1) {
    throw base::input_error("{}: '{}' is the name of the classes {}; use a name that only one of them has", source_,
                            key, fmt::join(found->second, " and "));
  }
  return *found->second.begin();
}

std::vector<std::string> ClassIndex::all_names() const {
  std::vector<std::string> all;
  for (const auto& [index, name] : names_) {
    if (index != static_cast<int>(all.size())) {
      throw base::input_error(
          "{}: has {} classes up to the index {}, but none with the index {}; number them from 0 "
          "without a gap",
          source_, names_.size(), names_.rbegin()->first, all.size());
    }
    all.push_back(name);
  }
  return all;
}

ImageList list_images(const fs::path& where, const std::optional<ClassIndex>& classes, bool must_exist) {
  if (fs::is_directory(where)) {
    return list_folder(where, classes);
  }
  if (fs::is_regular_file(where)) {
    return list_csv(where, classes, must_exist);
  }
  throw base::input_error("{}: no such folder or CSV file (--images, --train or --val)", where.string());
}

void select_images(ImageList& list, std::optional<std::uint64_t> shuffle, std::int64_t limit) {
  auto& entries = list.entries;
  if (shuffle) {
    base::shuffle(entries, base::NumberStream("images.shuffle", *shuffle));
  }
  if (limit > 0 && static_cast<std::size_t>(limit) < entries.size()) {
    entries.resize(static_cast<std::size_t>(limit));
  }
}

}  // namespace sightline::images
