#pragma once

#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sightline::base {

/// A file mapped into memory, read only. Throws Error(input) when it cannot be opened or is not a regular file.
class MappedFile {
 public:
  explicit MappedFile(const std::filesystem::path& file);
  ~MappedFile();
  MappedFile(const MappedFile&) = delete;
  MappedFile& operator=(const MappedFile&) = delete;

  std::span<const std::byte> bytes() const { return {data_, size_}; }

 private:
  const std::byte* data_ = nullptr;
  std::size_t size_ = 0;
};

/// The whole file. Throws Error(input) when it cannot be read.
std::string read_text(const std::filesystem::path& file);
std::vector<std::uint8_t> read_bytes(const std::filesystem::path& file);

/// Writes a neighbour file, flushes it to the disk and renames it, so that readers see the old or the new text and
/// nothing between. Throws Error(fault), for example when the disk is full.
void write_text(const std::filesystem::path& file, std::string_view text);

/// Makes the folder and its parents. Throws Error(fault) when that is impossible or the folder cannot be written to.
void make_writable_folder(const std::filesystem::path& folder);

}  // namespace sightline::base
