#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "images/image.hpp"
#include "images/transform.hpp"

namespace sightline::images {

struct ImageEntry {
  std::string path;  ///< relative to the list's root, with '/' between folders
  int label = -1;    ///< class index; -1 = unknown
};

struct ImageList {
  std::filesystem::path root;
  std::vector<ImageEntry> entries;
  int tile_rows = 1;  ///< a picture is made of so many squares of a recipe's size
  int tile_columns = 1;
  /// Makes picture `index` by a recipe; nothing = it is read from its file.
  std::function<Image(std::size_t index, const Recipe& recipe)> compose = {};

  std::filesystem::path file(std::size_t index) const { return root / entries[index].path; }
  std::vector<std::string> paths() const;
};

/// The folder that gives a picture its class: the first of its path; empty = none.
std::string class_folder(const std::string& path);

/// Class indices by folder name, class id (wnid) and class name, from a CSV with the header index,wnid,name (or
/// index,id,name; more columns are ignored). Throws Error(input) naming the line that is wrong.
class ClassIndex {
 public:
  static ClassIndex read(const std::filesystem::path& csv);
  /// Classes numbered in the order of their names.
  explicit ClassIndex(const std::vector<std::string>& names);
  std::optional<int> find(const std::string& key) const;
  const std::string& name(int index) const { return names_.at(index); }
  std::size_t size() const { return names_.size(); }

 private:
  ClassIndex() = default;

  std::map<std::string, int> by_key_;
  std::map<int, std::string> names_;
};

/// Lists the pictures of a folder (sub-folders are classes: looked up in `classes`, else numbered in sorted order as
/// torchvision's ImageFolder does; pictures directly in the folder have no label) or of a CSV with the header
/// path[,label], paths relative to the CSV's folder, labels as index or as a key of `classes`. Sorted by path; a CSV
/// keeps its order. Throws Error(input): no such folder, no pictures in it, an unknown class, and with `must_exist` a
/// listed file that is missing; otherwise whoever reads it will complain.
ImageList list_images(const std::filesystem::path& where, const std::optional<ClassIndex>& classes,
                      bool must_exist = true);

/// Shuffles by a seed and keeps the first `limit` (0 = all).
void select_images(ImageList& list, std::optional<std::uint64_t> shuffle, std::int64_t limit);

}  // namespace sightline::images
