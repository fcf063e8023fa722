#pragma once

#include <cstdint>
#include <filesystem>
#include <span>
#include <string>

#include "base/atomic_file.hpp"

namespace sightline::images {

/// Writes a tar archive, in POSIX's ustar format; names that do not fit into its headers are in pax headers. All
/// members have the same times and owners, so that the same members give the same bytes. The archive has its name when
/// it is finished (base::AtomicFile). All functions throw base::Error(fault) when it cannot be written.
class TarWriter {
 public:
  explicit TarWriter(const std::filesystem::path& file) : file_(file) {}

  /// Adds a regular file. `name`: its path in the archive.
  void add(const std::string& name, std::span<const std::uint8_t> bytes);
  /// Writes the archive's end, flushes it to the disk and gives it its name.
  void finish();

 private:
  /// Writes a header and the data behind it, filled up to whole blocks.
  void add_member(const std::string& name, char type, std::span<const std::uint8_t> data);

  base::AtomicFile file_;
};

}  // namespace sightline::images
