#pragma once

#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>
#include <vector>

#include "images/archive_index.hpp"
#include "images/formats/image.hpp"

namespace sightline::images {

/// Where pictures lie: in and below a folder, or in tar archives. They are named by their relative paths, with '/'
/// between folders; paths in archives are as if these were unpacked. Copies share their open archives. All functions
/// may be called by several threads at once.
class PictureSource {
 public:
  PictureSource() = default;
  /// A folder.
  PictureSource(std::filesystem::path folder) : root_(std::move(folder)) {}  // NOLINT(google-explicit-constructor)
  /// Archives. `root`: what names them: an archive, a folder of archives, or a pattern (archive_paths.hpp).
  PictureSource(std::filesystem::path root, ArchiveIndex index);

  /// The folder, archive or pattern.
  const std::filesystem::path& root() const { return root_; }
  /// The archives' index, or null for a folder.
  const ArchiveIndex* archives() const;

  /// What messages call a picture: its path in the file system, or the archive's path, a colon and the picture's path.
  std::string name_of(const std::string& path) const;
  bool contains(const std::string& path) const;
  /// The size of a picture's file in bytes; 0 when it is missing.
  std::uint64_t size_of(const std::string& path) const;
  /// The bytes of a picture's file. Throws base::Error(input) when it is missing or cannot be read.
  std::vector<std::uint8_t> read_bytes(const std::string& path) const;
  /// Reads and decodes a picture; least_side: see images::decode. Throws base::Error(input) when it is missing or
  /// cannot be read or decoded.
  Image read(const std::string& path, int least_side = 0) const;
  /// Asks the system to read pictures of archives into its cache, in blocks as large as they lie side by side, and does
  /// not wait for it. Does nothing for a folder.
  void read_ahead(std::span<const std::string> paths) const;

 private:
  class Archives;

  std::filesystem::path root_;
  std::shared_ptr<Archives> archives_;  ///< null for a folder
};

}  // namespace sightline::images
