#include "images/formats/picture_size.hpp"

#include <algorithm>
#include <string_view>

namespace sightline::images {
namespace {

/// Reads whole numbers of a file in one byte order. A read beyond the end gives 0 and makes `complete` false.
class Reader {
 public:
  Reader(Bytes bytes, bool big_endian) : bytes_(bytes), big_endian_(big_endian) {}

  /// The number of `size` bytes (1 to 8) at `offset`.
  std::uint64_t at(std::uint64_t offset, unsigned size) {
    if (offset > bytes_.size() || size > bytes_.size() - offset) {
      complete_ = false;
      return 0;
    }
    std::uint64_t value = 0;
    for (unsigned i = 0; i < size; ++i) {
      value = value << 8U | bytes_[offset + (big_endian_ ? i : size - 1 - i)];
    }
    return value;
  }

  bool complete() const { return complete_; }

 private:
  Bytes bytes_;
  bool big_endian_;
  bool complete_ = true;
};

PictureSize png_size(Reader& file) {
  return {file.at(16, 4), file.at(20, 4)};
}

/// The height is negative in a BMP that is stored from top to bottom.
PictureSize bmp_size(Reader& file) {
  constexpr std::uint64_t os2_header = 12;
  if (file.at(14, 4) == os2_header) {
    return {file.at(18, 2), file.at(20, 2)};
  }
  const auto magnitude = [](std::uint64_t value) {
    return value >> 31U == 0 ? value : (std::uint64_t{1} << 32U) - value;
  };
  return {magnitude(file.at(18, 4)), magnitude(file.at(22, 4))};
}

/// The first chunk is lossy (VP8), lossless (VP8L) or a description of the canvas (VP8X).
PictureSize webp_size(Reader& file) {
  constexpr std::uint64_t fourteen_bits = 0x3FFF;
  switch (file.at(15, 1)) {
    case 'L': {
      const auto sizes = file.at(21, 4);
      return {(sizes & fourteen_bits) + 1, (sizes >> 14U & fourteen_bits) + 1};
    }
    case 'X':
      return {file.at(24, 3) + 1, file.at(27, 3) + 1};
    default:
      return {file.at(26, 2) & fourteen_bits, file.at(28, 2) & fourteen_bits};
  }
}

/// Reads the first directory of a TIFF, the picture that is decoded. `big`: BigTIFF, whose offsets have 8 bytes.
PictureSize tiff_size(Reader& file, bool big) {
  const unsigned offset_size = big ? 8 : 4;
  const unsigned count_size = big ? 8 : 2;
  const std::uint64_t entry_size = big ? 20 : 12;
  const auto directory = file.at(big ? 8 : 4, offset_size);
  const auto entries = file.at(directory, count_size);
  PictureSize picture;
  PictureSize tile;
  for (std::uint64_t i = 0; i < entries && file.complete(); ++i) {
    const auto entry = directory + count_size + i * entry_size;
    const auto type = file.at(entry + 2, 2);
    const unsigned value_size = type == 1 ? 1 : type == 3 ? 2 : type == 4 ? 4 : offset_size;
    const auto value = file.at(entry + 4 + offset_size, value_size);
    const auto tag = file.at(entry, 2);
    auto* side = tag == 256   ? &picture.width
                 : tag == 257 ? &picture.height
                 : tag == 322 ? &tile.width
                 : tag == 323 ? &tile.height
                              : nullptr;
    if (side != nullptr) {
      *side = std::max(*side, value);
    }
  }
  return tile.too_large() ? tile : picture;
}

}  // namespace

std::optional<PictureSize> claimed_size(Bytes bytes) {
  const std::string_view text(reinterpret_cast<const char*>(bytes.data()), bytes.size());
  const bool big_endian = text.starts_with("\x89PNG") || text.starts_with("MM");
  Reader file(bytes, big_endian);
  PictureSize size;
  if (text.starts_with("\x89PNG")) {
    size = png_size(file);
  } else if (text.starts_with("BM")) {
    size = bmp_size(file);
  } else if (text.starts_with("RIFF") && text.substr(std::min<std::size_t>(8, text.size())).starts_with("WEBP")) {
    size = webp_size(file);
  } else if ((text.starts_with("II") || text.starts_with("MM")) && (file.at(2, 2) == 42 || file.at(2, 2) == 43)) {
    size = tiff_size(file, file.at(2, 2) == 43);
  } else {
    return std::nullopt;
  }
  return file.complete() ? std::optional(size) : std::nullopt;
}

}  // namespace sightline::images
