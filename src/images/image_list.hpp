#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "images/formats/image.hpp"
#include "images/picture_source.hpp"
#include "images/transform.hpp"

namespace sightline::images {

/// An image of a list.
struct ImageEntry {
  std::string path;  ///< relative to the list's source, with '/' between folders
  int label = -1;    ///< class index; -1 = unknown
};

/// The images of a job, in their order. Usually each is a picture of the source; a list of composed images (such as
/// mosaics) has `compose`.
struct ImageList {
  PictureSource source;  ///< what the paths are relative to
  std::vector<ImageEntry> entries;
  bool labels_are_folders = false;  ///< whether the labels come from the names or the order of class folders
  int tile_rows = 1;                ///< height of an image in squares of recipe.size pixels per side
  int tile_columns = 1;             ///< width of an image in such squares
  /// Returns image `index`, transformed by a recipe. Empty for lists of files.
  std::function<Image(std::size_t index, const Recipe& recipe)> compose = {};

  /// Reads and decodes image `index` of a list without `compose`: see PictureSource::read.
  Image read(std::size_t index, int least_side = 0) const { return source.read(entries[index].path, least_side); }
  /// What messages call image `index`.
  std::string name_of(std::size_t index) const { return source.name_of(entries[index].path); }
  /// The relative paths of all images.
  std::vector<std::string> paths() const;
};

/// The names of the first-level folders of a source that are not hidden, sorted; those of archives have a picture.
/// Throws std::filesystem::filesystem_error when a folder cannot be listed.
std::vector<std::string> class_folders(const PictureSource& source);

/// Whether there are folders, and the names of all are whole numbers, which are then class indices.
bool are_class_indices(const std::vector<std::string>& folders);

/// The name of the folder that stands for an image's class: the first folder of its relative path, or empty if it has
/// none.
std::string class_folder(const std::string& path);

/// The classes of a model: their indices by folder name, class id (wnid) or class name, and their names by index.
class ClassIndex {
 public:
  /// Reads a CSV with the header index,wnid,name. All columns after the first are keys of the class; the last one is
  /// its name. Indices may have gaps. Throws Error(input) with the number of the record that is wrong: an index that is
  /// no index or is listed twice, a class without a name, a name that is not UTF-8.
  static ClassIndex read(const std::filesystem::path& csv);
  /// The classes with these names, numbered from 0 in this order.
  explicit ClassIndex(const std::vector<std::string>& names);
  /// The index of the class with this key, or nothing if there is none. Throws Error(input) if several classes have it,
  /// such as the two cranes of ImageNet.
  std::optional<int> find(const std::string& key) const;
  /// The names of all classes by index. Throws Error(input) with the first index that is missing, when the indices have
  /// a gap.
  std::vector<std::string> all_names() const;
  std::size_t size() const { return names_.size(); }

 private:
  explicit ClassIndex(std::string source) : source_(std::move(source)) {}
  void add_record(const std::vector<std::string>& row, const std::string& where);

  std::string source_ = "classes";               ///< the file, for messages
  std::map<std::string, std::set<int>> by_key_;  ///< the indices of the classes with a key
  std::map<int, std::string> names_;
};

/// Lists all pictures of a source, sorted by path.
///
/// Hidden ones of a folder are left out (picture_name.hpp). The first-level folders are classes, whose labels are
/// looked up in `classes`. Without `classes` they are the folders' names where all of these are whole numbers, and
/// otherwise the folders are numbered in sorted order as by torchvision's ImageFolder; a folder without images is not
/// counted, with a warning. Images directly in the source have no label. In archives that have labels of their own
/// (ArchivedPicture::label), these are the labels, as those in a CSV, and images without one have none; a folder that
/// is another class in `classes` is an error.
///
/// Throws Error(input) when there is no picture, and for an unknown class.
ImageList list_source(const PictureSource& source, const std::optional<ClassIndex>& classes);

/// Lists the images of a CSV with the header path[,label], in its order. Paths are relative to `source`. A label is a
/// class index or a key of `classes`. Throws Error(input) for an unknown class, a malformed CSV, and, if `must_exist`
/// is set, when an image does not exist.
ImageList list_csv(const std::filesystem::path& csv, const PictureSource& source,
                   const std::optional<ClassIndex>& classes, bool must_exist = true);

/// The folder that the paths in a CSV are relative to when nothing else is said: that of the CSV.
std::filesystem::path folder_of(const std::filesystem::path& csv);

/// Lists the images that `where` names: all pictures of `source` where this is what it was opened from, else those of
/// the CSV that it then is. Without `source`, `where` is a folder or a CSV in the folder of its images. Throws
/// Error(input) as list_source and list_csv do, and when `where` does not exist.
ImageList list_images(const std::filesystem::path& where, const std::optional<ClassIndex>& classes,
                      bool must_exist = true, const std::optional<PictureSource>& source = std::nullopt);

/// Shuffles the list with the seed `shuffle`, if there is one, and then keeps the first `limit` images (0 = all).
void select_images(ImageList& list, std::optional<std::uint64_t> shuffle, std::int64_t limit);

}  // namespace sightline::images
