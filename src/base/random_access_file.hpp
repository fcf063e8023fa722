#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <vector>

namespace sightline::base {

/// A file that is read at given places, also by several threads at once.
class RandomAccessFile {
 public:
  /// Throws Error(input) when the file cannot be opened or is not a regular file.
  explicit RandomAccessFile(const std::filesystem::path& file);
  ~RandomAccessFile();
  RandomAccessFile(const RandomAccessFile&) = delete;
  RandomAccessFile& operator=(const RandomAccessFile&) = delete;

  const std::filesystem::path& path() const { return path_; }
  /// In bytes, when it was opened.
  std::uint64_t size() const { return size_; }
  /// The time of the last change in nanoseconds since 1970, when it was opened.
  std::int64_t modified() const { return modified_; }

  /// Reads the bytes from `offset` on into `bytes` and returns their number, which is smaller than wanted at the end of
  /// the file. Throws Error(input) when reading fails.
  std::size_t read(std::uint64_t offset, std::span<std::byte> bytes) const;
  /// Reads `count` bytes from `offset` on, or fewer where the file ends before. Throws as `read`.
  std::vector<std::uint8_t> read_bytes(std::uint64_t offset, std::uint64_t count) const;
  /// Asks the system to read these bytes into its cache, and does not wait for it.
  void read_ahead(std::uint64_t offset, std::uint64_t count) const;
  /// Tells the system that no more than what is read will be needed around it.
  void expect_random_reads() const;

 private:
  std::filesystem::path path_;
  int descriptor_ = -1;
  std::uint64_t size_ = 0;
  std::int64_t modified_ = 0;
};

}  // namespace sightline::base
