#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/random_access_file.hpp"

namespace sightline::images {

/// A regular file in a tar archive.
struct TarMember {
  std::string name;          ///< its path, without "./" or "/" at the beginning; UTF-8 and without ".."
  std::uint64_t offset = 0;  ///< of its first byte in the file that holds the archive
  std::uint64_t size = 0;    ///< in bytes
};

/// What an archive holds.
struct TarListing {
  std::vector<TarMember> members;  ///< in the archive's order; all their bytes lie in the archive
  std::vector<std::string>
      faults;  ///< a sentence for each wanted member that cannot be used, and for a damaged archive
};

/// The bytes of a file in which an archive lies.
struct TarRange {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
};

/// Lists the members whose names `wanted` accepts of an archive in one of the formats ustar, pax (POSIX.1-2017, pax)
/// and GNU tar (its manual, "Basic Tar Format"). Links stand for the member of the archive that they lead to. Only
/// headers are read. `name`: what sentences call the archive.
///
/// An archive that is cut off or damaged is listed up to there. Faults besides are: a second member of a name (it takes
/// the place of the first one, as in unpacking), a second archive behind the end of the first one, a name that is not
/// UTF-8 or has the folder "..", a link to what is not in the archive, and sparse and multi-volume members. Throws
/// base::Error(input) when the file cannot be read, and Error(stopped) after a signal.
TarListing list_tar(const base::RandomAccessFile& file, TarRange range, const std::string& name,
                    const std::function<bool(const std::string& member)>& wanted);

/// Whether the file begins with the header of a tar archive.
bool is_tar(const base::RandomAccessFile& file);

}  // namespace sightline::images
