#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <span>
#include <string>

namespace sightline::store {

/// A file opened for POSIX writes at known offsets, besides its HDF5 handle. With it the store reaches 0.90 of the
/// throughput of raw POSIX writes, and only 0.82 through HDF5 and MPI-IO (tests/benchmarks, records of 224 x 224).
class PosixFile {
 public:
  /// Opens a file, or returns null if it is on NFS. NFS clients cache whole pages, so that two nodes could overwrite
  /// each other's records; only the locks of MPI-IO prevent this. Throws Error(fault) when the file cannot be opened
  /// for writing.
  static std::shared_ptr<const PosixFile> open(const std::filesystem::path& path);

  /// Opens an existing file for writing. Throws Error(fault) when this fails.
  explicit PosixFile(const std::filesystem::path& path);
  ~PosixFile();
  PosixFile(const PosixFile&) = delete;
  PosixFile& operator=(const PosixFile&) = delete;

  /// Writes `bytes` at `offset`. Throws Error(fault) with the system's message, for example about a full disk or an
  /// exceeded quota; `what` stands for the data in the message.
  void write(std::uint64_t offset, std::span<const std::byte> bytes, const std::string& what) const;

 private:
  int descriptor_;
};

}  // namespace sightline::store
