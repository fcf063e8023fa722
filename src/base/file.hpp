#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::base {

/// A file mapped into memory, read-only.
class MappedFile {
 public:
  /// Throws Error(input) when the file cannot be opened or is not a regular file.
  explicit MappedFile(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  /// The content of the file, valid as long as this object exists.
  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// Whether the path leads to a folder or to a regular file. Where that cannot be found out, as with a loop of links,
/// the answer is no: opening the path then gives the reason.
bool is_folder(const std::filesystem::path& path);
bool is_file(const std::filesystem::path& path);

/// Reads a whole file. Throws Error(input) when it cannot be read.
std::string read_text(const std::filesystem::path& file);
/// Reads a whole regular file. Throws Error(input) when it cannot be read or is not one.
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& file);

/// Replaces the content of a file as a whole (AtomicFile). Throws Error(fault), for example when the disk is full.
void write_text(const std::filesystem::path& file, std::string_view text);

/// Creates a folder and its parents if they do not exist. Throws Error(fault) when they cannot be created or when no
/// file can be created in the folder.
void make_writable_folder(const std::filesystem::path& folder);

}  // namespace sightline::base
