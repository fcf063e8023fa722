#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace sightline::store {

/// A file opened beside HDF5 for writes at known offsets. HDF5 over MPI-IO takes some 17 us a write, more than a record
/// of 7 x 7 takes on the disk.
class PlainFile {
 public:
  /// Null on NFS: its clients cache whole pages, and only MPI-IO's locks keep two nodes from overwriting each other's
  /// records there. Throws Error(fault) when the file cannot be opened for writing.
  static std::shared_ptr<const PlainFile> open(const std::filesystem::path& path);

  explicit PlainFile(const std::filesystem::path& path);
  ~PlainFile();
  PlainFile(const PlainFile&) = delete;
  PlainFile& operator=(const PlainFile&) = delete;

  /// Throws Error(fault) with the system's reason (a full disk, a quota), naming `what`.
  void write(std::uint64_t offset, std::span<const std::byte> bytes, const std::string& what) const;

 private:
  int descriptor_;
};

}  // namespace sightline::store
