#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>

namespace sightline::images {

/// Archives consist of blocks of this size in bytes: headers, and data that is filled up with zeros.
inline constexpr std::size_t tar_block = 512;
using TarBlock = std::span<const char, tar_block>;

/// The kinds of members, by the field typeflag of POSIX's ustar format and GNU tar's additions.
enum class TarType {
  file,
  hard_link,
  symbolic_link,
  sparse,        ///< GNU's own format of sparse files
  multi_volume,  ///< the end of a file that began in another archive
  long_name,     ///< GNU: the data is the name of the next member
  long_link,     ///< GNU: the data is the link of the next member
  pax,           ///< the data is attributes of the next member
  without_data,  ///< a folder, device or FIFO
  other          ///< something else, with data that is skipped
};

/// A header: what it says of a member.
struct TarHeader {
  TarType type = TarType::other;
  std::string name;                   ///< as written
  std::string link;                   ///< what a link points at
  std::optional<std::uint64_t> size;  ///< of the data in bytes; nothing when the field holds no number below 2^63

  bool has_data() const;
};

/// Reads a header of ustar, pax or GNU tar. Nothing when its checksum is wrong.
std::optional<TarHeader> parse_tar_header(TarBlock block);

/// Whether all bytes are zero, which ends an archive.
bool is_zero_block(TarBlock block);

/// What the members of type long_name, long_link and pax say of the member behind them. It replaces what its header
/// says.
struct TarExtension {
  std::optional<std::string> name;
  std::optional<std::string> link;
  std::optional<std::uint64_t> size;
  bool sparse = false;  ///< a sparse file in one of the pax formats
};

/// Adds the records of a pax header, "LENGTH KEY=VALUE\n" each, to `extension`. False when they are damaged.
bool parse_pax(std::string_view records, TarExtension& extension);

}  // namespace sightline::images
