#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/random_access_file.hpp"
#include "images/tar.hpp"

namespace sightline::images {

/// An archive as it was when it was indexed.
struct ArchiveFile {
  std::string path;
  std::uint64_t size = 0;     ///< in bytes
  std::int64_t modified = 0;  ///< the time of its last change in nanoseconds since 1970

  bool operator==(const ArchiveFile&) const = default;
};

/// A picture in an archive.
struct ArchivedPicture {
  std::string path;           ///< its path as if the archive were unpacked; members of an inner archive lie in a folder
  std::string label;          ///< class index or class key that a WebDataset gives it; empty = none
  std::uint32_t archive = 0;  ///< position in ArchiveIndex::files
  std::uint64_t offset = 0;   ///< of its first byte in this file
  std::uint64_t size = 0;     ///< in bytes
};

/// The pictures of tar archives.
struct ArchiveIndex {
  std::vector<ArchiveFile> files;
  std::vector<ArchivedPicture> pictures;  ///< sorted by path; each path once
  std::vector<std::string> faults = {};   ///< sentences, see list_tar and sort_pictures

  /// The picture with this path, or null.
  const ArchivedPicture* find(const std::string& path) const;
};

/// A part of an archive that is listed in one go: a whole file, or a tar archive that is a member of it.
struct ArchivePart {
  std::uint32_t archive = 0;  ///< position in ArchiveIndex::files
  TarRange range;
  std::string folder;  ///< the folder that its members lie in, such as n01440764 for n01440764.tar; empty = none
};

/// What was found in a part of an archive.
struct ArchiveContent {
  std::vector<ArchivedPicture> pictures;
  std::vector<ArchivePart> inner;   ///< archives in this archive
  std::vector<std::string> faults;  ///< sentences, see list_tar
};

/// Lists a part of an archive. Pictures are members with the ending of a picture (image_list.hpp) that are not hidden.
/// `file`: the file with the number part.archive. Labels are those of WebDataset: the members KEY.cls (a class index)
/// and KEY.json (its field `label`, a class index or class key) belong to the picture KEY.jpg; a key ends at the first
/// dot of a file's name. Archives in the archive are reported unless `part` itself is one. Throws base::Error(input)
/// when the file cannot be read.
ArchiveContent list_archive(const base::RandomAccessFile& file, const ArchivePart& part);

/// What is known of a file; its path becomes absolute.
ArchiveFile facts_of(const base::RandomAccessFile& file);

/// The part that the file `number` is: the whole of it. Pictures of an archive that is named by a WordNet id, such as
/// n01440764.tar, lie in a folder of this name.
ArchivePart whole_archive(const ArchiveFile& file, std::uint32_t number);

/// Sorts the pictures by path. Of several pictures with one path, the first one of the first archive stays; a sentence
/// for each other one is added to the faults.
void sort_pictures(ArchiveIndex& index);

/// Adds `more` to `content`.
void append(ArchiveContent& content, ArchiveContent more);

/// The content as bytes, for other ranks.
std::string packed(const ArchiveContent& content);
/// Reads what `packed` wrote. Throws base::Error(input) for other bytes.
ArchiveContent unpack_content(const std::string& bytes);

/// The index as bytes with a checksum, for a file and for other ranks.
std::string packed(const ArchiveIndex& index);
/// Reads what `packed` wrote. Nothing when the bytes are damaged or of another version.
std::optional<ArchiveIndex> unpack_index(std::string_view bytes);

}  // namespace sightline::images
