#include "images/tar_header.hpp"

#include <algorithm>
#include <charconv>
#include <cstring>
#include <limits>
#include <utility>

#include "base/text.hpp"

namespace sightline::images {
namespace {

/// A field of a header: its first byte and its length.
struct Field {
  std::size_t offset;
  std::size_t length;
};

constexpr Field name_field{0, 100};
constexpr Field size_field{124, 12};
constexpr Field checksum_field{148, 8};
constexpr std::size_t type_offset = 156;
constexpr Field link_field{157, 100};
constexpr Field magic_field{257, 6};
constexpr Field prefix_field{345, 155};

/// The text in a field, which ends at its first NUL or fills it.
std::string text_in(TarBlock block, Field field) {
  const char* text = block.data() + field.offset;
  return {text, ::strnlen(text, field.length)};
}

/// GNU's form of numbers that are too large for octal digits: big-endian bytes, the first of which has its highest bit
/// set.
std::optional<std::uint64_t> binary_number(std::span<const unsigned char> bytes) {
  std::uint64_t number = bytes[0] & 0x7FU;
  for (const auto byte : bytes.subspan(1)) {
    if (number > std::numeric_limits<std::uint64_t>::max() >> 9U) {
      return std::nullopt;
    }
    number = number << 8U | byte;
  }
  return number;
}

std::optional<std::uint64_t> number_in(TarBlock block, Field field) {
  const auto* bytes = reinterpret_cast<const unsigned char*>(block.data()) + field.offset;
  if ((bytes[0] & 0x80U) != 0) {
    return binary_number({bytes, field.length});
  }
  const auto digits = base::trim(text_in(block, field));
  if (digits.empty()) {
    return 0;  // some programs leave out the sizes of folders and links
  }
  const char* end = digits.data() + digits.size();
  std::uint64_t number = 0;
  const auto [stop, error] = std::from_chars(digits.data(), end, number, 8);
  const bool whole =
      error == std::errc() && stop == end && number <= std::uint64_t{std::numeric_limits<std::int64_t>::max()};
  return whole ? std::optional(number) : std::nullopt;
}

/// Whether the checksum is the sum of the header's bytes, its own ones taken for blanks. Some old programs added them
/// as signed numbers.
bool has_right_checksum(TarBlock block) {
  std::int64_t as_unsigned = 0;
  std::int64_t as_signed = 0;
  for (std::size_t i = 0; i < tar_block; ++i) {
    const bool own = i >= checksum_field.offset && i < checksum_field.offset + checksum_field.length;
    const char byte = own ? ' ' : block[i];
    as_unsigned += static_cast<unsigned char>(byte);
    as_signed += static_cast<signed char>(byte);
  }
  const auto stored = number_in(block, checksum_field);
  return stored && (std::cmp_equal(*stored, as_unsigned) || std::cmp_equal(*stored, as_signed));
}

TarType type_of(char flag) {
  switch (flag) {
    case '0':
    case '\0':
    case '7':
      return TarType::file;
    case '1':
      return TarType::hard_link;
    case '2':
      return TarType::symbolic_link;
    case '3':
    case '4':
    case '5':
    case '6':
      return TarType::without_data;
    case 'S':
      return TarType::sparse;
    case 'M':
      return TarType::multi_volume;
    case 'L':
      return TarType::long_name;
    case 'K':
      return TarType::long_link;
    case 'x':
      return TarType::pax;
    default:
      return TarType::other;
  }
}

/// Takes over a record of a pax header. False when its value is damaged.
bool add_record(std::string_view key, std::string_view value, TarExtension& extension) {
  if (key == "path" || key == "GNU.sparse.name") {
    extension.name = value;
  } else if (key == "linkpath") {
    extension.link = value;
  } else if (key == "size") {
    const auto size = base::parse_integer(value);
    extension.size = size && *size >= 0 ? std::optional(static_cast<std::uint64_t>(*size)) : std::nullopt;
    return extension.size.has_value();
  }
  extension.sparse = extension.sparse || key.starts_with("GNU.sparse.");
  return true;
}

}  // namespace

bool TarHeader::has_data() const {
  return type != TarType::without_data && type != TarType::hard_link && type != TarType::symbolic_link;
}

std::optional<TarHeader> parse_tar_header(TarBlock block) {
  if (!has_right_checksum(block)) {
    return std::nullopt;
  }
  TarHeader header{TarType::other, text_in(block, name_field), text_in(block, link_field),
                   number_in(block, size_field)};
  const bool posix = std::memcmp(block.data() + magic_field.offset, "ustar", magic_field.length) == 0;
  if (const auto prefix = text_in(block, prefix_field); posix && !prefix.empty()) {
    header.name = prefix + "/" + header.name;
  }
  header.type = type_of(block[type_offset]);
  return header;
}

bool is_zero_block(TarBlock block) {
  return std::all_of(block.begin(), block.end(), [](char byte) { return byte == 0; });
}

bool parse_pax(std::string_view records, TarExtension& extension) {
  while (!records.empty()) {
    const auto blank = records.find(' ');
    const auto length = blank == records.npos ? std::nullopt : base::parse_integer(records.substr(0, blank));
    if (!length || *length < 0 || std::cmp_less(*length, blank + 3) || std::cmp_greater(*length, records.size())) {
      return false;
    }
    const auto record = records.substr(0, static_cast<std::size_t>(*length));
    const auto equals = record.find('=', blank);
    if (record.back() != '\n' || equals == record.npos ||
        !add_record(record.substr(blank + 1, equals - blank - 1), record.substr(equals + 1, record.size() - equals - 2),
                    extension)) {
      return false;
    }
    records.remove_prefix(record.size());
  }
  return true;
}

}  // namespace sightline::images
