#include "images/image_list.hpp"

#include <algorithm>
#include <cctype>
#include <set>

#include "base/csv.hpp"
#include "base/error.hpp"
#include "base/log.hpp"
#include "base/shuffle.hpp"
#include "base/stop.hpp"
#include "base/text.hpp"
#include "images/picture_name.hpp"

namespace sightline::images {
namespace {

namespace fs = std::filesystem;

constexpr std::int64_t max_class_index = 1'000'000;

/// Throws Error(input) when a path is not UTF-8. HDF5 and JSON store names as UTF-8; a name in another encoding would
/// be read back as a different name.
void require_utf8(const std::string& path, const std::string& where) {
  if (!base::is_utf8(path)) {
    throw base::input_error("{}: the name of '{}' is not UTF-8; rename the file", where, path);
  }
}

/// The class index that the name of a folder is, or nothing when it is not a whole number up to max_class_index.
std::optional<int> index_in_name(const std::string& folder) {
  const bool digits = std::all_of(folder.begin(), folder.end(), [](unsigned char c) { return std::isdigit(c) != 0; });
  const auto index = digits ? base::parse_integer(folder) : std::nullopt;
  return index && *index <= max_class_index ? std::optional(static_cast<int>(*index)) : std::nullopt;
}

/// Labels by name of the class folder.
using Labels = std::map<std::string, int>;

void label_by_list(Labels& labels, const ClassIndex& classes, const fs::path& root) {
  for (auto& [folder, label] : labels) {
    const auto known = classes.find(folder);
    if (!known) {
      throw base::input_error("{}: the folder '{}' is not in the class list of {} classes (--classes)", root.string(),
                              folder, classes.size());
    }
    label = *known;
  }
}

/// The names of all folders must be class indices.
void label_by_name(Labels& labels, const fs::path& root) {
  std::map<int, std::string> folders;
  for (auto& [folder, label] : labels) {
    label = *index_in_name(folder);
    if (const auto [other, added] = folders.emplace(label, folder); !added) {
      throw base::input_error("{}: the folders '{}' and '{}' are both named by the class index {}", root.string(),
                              other->second, folder, label);
    }
  }
  base::log_info(fmt::format(
      "{}: all class folders are named by whole numbers, which are taken for their class indices", root.string()));
}

/// Warns of class folders without pictures, since the folders behind them get other labels than in a whole data set.
void label_by_order(Labels& labels, const PictureSource& source) {
  int next = 0;
  for (auto& [folder, label] : labels) {
    label = next++;
  }
  std::vector<std::string> without;
  for (const auto& folder : class_folders(source)) {
    if (labels.count(folder) == 0) {
      without.push_back(folder);
    }
  }
  if (!labels.empty() && !without.empty()) {
    base::log_warning(fmt::format(
        "{}: {} class folder(s) without pictures ({}) are not counted, so the labels of those behind them are smaller; "
        "--classes says which class each folder is",
        source.root().string(), without.size(), base::join(without, ", ")));
  }
}

/// The labels of the class folders. The empty name, of images without a folder, has the label -1.
Labels number_folders(const ImageList& list, const std::optional<ClassIndex>& classes) {
  Labels labels;
  std::vector<std::string> folders;
  for (const auto& entry : list.entries) {
    if (const auto folder = class_folder(entry.path); !folder.empty() && labels.emplace(folder, -1).second) {
      folders.push_back(folder);
    }
  }
  if (classes) {
    label_by_list(labels, *classes, list.source.root());
  } else if (are_class_indices(folders)) {
    label_by_name(labels, list.source.root());
  } else {
    label_by_order(labels, list.source);
  }
  labels[""] = -1;
  return labels;
}

/// The relative paths of all pictures in the folder and below it, sorted.
std::vector<std::string> pictures_below(const fs::path& root) {
  std::vector<std::string> paths;
  auto item = fs::recursive_directory_iterator(root, fs::directory_options::follow_directory_symlink);
  for (; item != fs::recursive_directory_iterator(); ++item) {
    base::throw_if_stopped();
    if (is_hidden(item->path().filename().string())) {
      item.disable_recursion_pending();
    } else if (item->is_regular_file() && is_picture_name(item->path().string())) {
      paths.push_back(item->path().lexically_relative(root).generic_string());
    }
  }
  std::sort(paths.begin(), paths.end());
  return paths;
}

int parse_label(const std::string& text, const std::optional<ClassIndex>& classes, const std::string& where) {
  if (text.empty()) {
    return -1;
  }
  const auto index = base::parse_integer(text);
  if (index && *index >= -1 && *index <= max_class_index) {
    return static_cast<int>(*index);
  }
  const auto known = classes ? classes->find(text) : std::nullopt;
  if (!known) {
    throw base::input_error("{}: label '{}' is neither a class index nor in the class list (--classes)", where, text);
  }
  return *known;
}

void label_by_folder(ImageList& list, const std::optional<ClassIndex>& classes) {
  const auto labels = number_folders(list, classes);
  for (auto& entry : list.entries) {
    entry.label = labels.at(class_folder(entry.path));
  }
  list.labels_are_folders = true;
}

/// Throws Error(input) when the folder of a labelled picture is another class in the class list: the label was made by
/// another numbering of the folders.
void refuse_other_folder(int label, const std::string& path, const std::optional<ClassIndex>& classes,
                         const PictureSource& source) {
  const auto folder = class_folder(path);
  const auto of_folder = classes && !folder.empty() ? classes->find(folder) : std::nullopt;
  if (of_folder && *of_folder != label) {
    throw base::input_error(
        "{}: its label in the archive is {}, but its folder is the class {} of the class list (--classes); pack the "
        "pictures again with this list",
        source.name_of(path), label, *of_folder);
  }
}

/// The pictures of archives, with the labels that these have themselves, or those of their folders.
void list_archives(const ArchiveIndex& index, const std::optional<ClassIndex>& classes, ImageList& list) {
  bool labelled = false;
  for (const auto& picture : index.pictures) {
    int label = -1;
    if (!picture.label.empty()) {
      label = parse_label(picture.label, classes, list.source.name_of(picture.path));
      refuse_other_folder(label, picture.path, classes, list.source);
      labelled = true;
    }
    list.entries.push_back({picture.path, label});
  }
  if (!labelled) {
    label_by_folder(list, classes);
  }
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

std::vector<std::string> class_folders(const PictureSource& source) {
  std::set<std::string> folders;
  if (const auto* archives = source.archives()) {
    for (const auto& picture : archives->pictures) {
      folders.insert(class_folder(picture.path));
    }
    folders.erase("");
    return {folders.begin(), folders.end()};
  }
  for (const auto& item : fs::directory_iterator(source.root())) {
    auto name = item.path().filename().string();
    if (item.is_directory() && !is_hidden(name)) {
      folders.insert(std::move(name));
    }
  }
  return {folders.begin(), folders.end()};
}

bool are_class_indices(const std::vector<std::string>& folders) {
  return !folders.empty() && std::all_of(folders.begin(), folders.end(),
                                         [](const std::string& folder) { return index_in_name(folder).has_value(); });
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
  if (!index || *index < 0 || *index > max_class_index || row.size() < 2) {
    throw base::input_error("{}: '{}' should be index,wnid,name with an index from 0 to {}", where,
                            base::join(row, ","), max_class_index);
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

ImageList list_source(const PictureSource& source, const std::optional<ClassIndex>& classes) {
  ImageList list{source, {}};
  const auto root = source.root().string();
  if (const auto* archives = source.archives()) {
    list_archives(*archives, classes, list);
  } else {
    for (auto& path : pictures_below(source.root())) {
      require_utf8(path, root);
      list.entries.push_back({std::move(path), -1});
    }
    label_by_folder(list, classes);
  }
  if (list.entries.empty()) {
    throw base::input_error(
        "{}: no pictures in {} (.jpg, .jpeg, .png, .bmp, .webp, .tif; hidden files and folders do not count)", root,
        source.archives() ? "this archive" : "this folder");
  }
  return list;
}

ImageList list_csv(const fs::path& csv, const PictureSource& source, const std::optional<ClassIndex>& classes,
                   bool must_exist) {
  const auto rows = base::read_csv(csv);
  if (rows.empty() || base::trim(rows[0][0]) != "path" || (rows[0].size() > 1 && base::trim(rows[0][1]) != "label")) {
    throw base::input_error("{}: the first line must be 'path,label' (or 'path')", csv.string());
  }
  std::map<std::string, std::size_t> seen;
  ImageList list{source, {}};
  for (std::size_t i = 1; i < rows.size(); ++i) {
    const auto where = fmt::format("{}: record {}", csv.string(), i);
    list.entries.push_back({rows[i][0], parse_label(rows[i].size() > 1 ? base::trim(rows[i][1]) : "", classes, where)});
    require_utf8(rows[i][0], where);
    if (const auto [first, added] = seen.emplace(rows[i][0], i); !added) {
      throw base::input_error("{}: {} is listed already, as record {}", where, rows[i][0], first->second);
    }
    if (must_exist && !source.contains(rows[i][0])) {
      throw base::input_error("{}: {}: no such file", where, source.name_of(rows[i][0]));
    }
  }
  if (list.entries.empty()) {
    throw base::input_error("{}: lists no pictures", csv.string());
  }
  return list;
}

fs::path folder_of(const fs::path& csv) {
  return csv.has_parent_path() ? csv.parent_path() : fs::path(".");
}

ImageList list_images(const fs::path& where, const std::optional<ClassIndex>& classes, bool must_exist,
                      const std::optional<PictureSource>& source) {
  try {
    if (source && source->archives() != nullptr && where == source->root()) {
      return list_source(*source, classes);
    }
    const auto type = fs::status(where).type();
    if (type == fs::file_type::directory) {
      return list_source(where, classes);
    }
    if (type == fs::file_type::regular) {
      return list_csv(where, source.value_or(folder_of(where)), classes, must_exist);
    }
  } catch (const fs::filesystem_error& error) {  // a loop of links, or a folder that may not be read
    throw base::input_error("{}: cannot be read: {} (--images, --train or --val)",
                            (error.path1().empty() ? where : error.path1()).string(), error.code().message());
  }
  throw base::input_error("{}: no such folder, archive or CSV file (--images, --train or --val)", where.string());
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
