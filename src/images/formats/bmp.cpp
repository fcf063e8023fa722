#include "images/formats/bmp.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cstddef>
#include <cstdlib>

#include "base/error.hpp"

namespace sightline::images {
namespace {

using Rgb = std::array<std::uint8_t, 3>;

/// Where a channel lies in a pixel of 16 or 32 bits.
struct Mask {
  std::uint32_t bits = 0;

  /// The value, scaled to 0 to 255 and rounded down, as Pillow does.
  std::uint8_t of(std::uint32_t pixel) const {
    if (bits == 0) {
      return 0;
    }
    const int shift = std::countr_zero(bits);
    return static_cast<std::uint8_t>(std::uint64_t{255} * ((pixel & bits) >> shift) / (bits >> shift));
  }
};

enum class Compression : std::uint32_t { none = 0, rle8 = 1, rle4 = 2, masks = 3 };

struct BmpHeader {
  std::int64_t width = 0;
  std::int64_t height = 0;
  bool top_down = false;
  unsigned bits = 0;  ///< per pixel
  Compression compression = Compression::none;
  std::size_t pixels = 0;  ///< where they begin
  std::array<Mask, 3> masks{};
  std::vector<Rgb> palette;
};

/// A BMP file, whose numbers are little-endian. Reading beyond its end throws Error(input).
class BmpFile {
 public:
  BmpFile(Bytes bytes, const std::string& name) : bytes_(bytes), name_(name) {}

  std::uint32_t at(std::size_t offset, unsigned size) const {
    const auto part = bytes(offset, size);
    std::uint32_t value = 0;
    for (unsigned i = 0; i < size; ++i) {
      value |= std::uint32_t{part[i]} << (8 * i);
    }
    return value;
  }

  std::int64_t signed_at(std::size_t offset) const { return static_cast<std::int32_t>(at(offset, 4)); }

  Bytes bytes(std::size_t offset, std::size_t size) const {
    if (offset > bytes_.size() || size > bytes_.size() - offset) {
      throw base::input_error("{}: the BMP is truncated ({} bytes)", name_, bytes_.size());
    }
    return bytes_.subspan(offset, size);
  }

  template <typename... Args>
  base::Error unreadable(fmt::format_string<Args...> reason, Args&&... args) const {
    return base::input_error("{}: not a readable BMP: {}", name_, fmt::format(reason, std::forward<Args>(args)...));
  }

 private:
  Bytes bytes_;
  const std::string& name_;
};

constexpr std::size_t file_header_size = 14;
constexpr std::size_t os2_header_size = 12;
constexpr std::size_t windows_header_size = 40;

/// The masks of 16 and 32 bits per pixel: those of the file, else 5 and 8 bits per channel.
std::array<Mask, 3> read_masks(const BmpFile& file, const BmpHeader& header) {
  if (header.compression == Compression::none) {
    return header.bits == 16 ? std::array<Mask, 3>{{{0x7C00}, {0x03E0}, {0x001F}}}
                             : std::array<Mask, 3>{{{0xFF0000}, {0xFF00}, {0xFF}}};
  }
  std::array<Mask, 3> masks;
  for (std::size_t i = 0; i < 3; ++i) {
    masks[i].bits = file.at(file_header_size + windows_header_size + 4 * i, 4);
    // Bits that lie together are one run of ones once the zeros below them are gone.
    const auto run = masks[i].bits >> (masks[i].bits == 0 ? 0 : std::countr_zero(masks[i].bits));
    if ((run & (run + 1)) != 0) {
      throw file.unreadable("the bits of a colour mask do not lie together: {:#x}", masks[i].bits);
    }
  }
  return masks;
}

std::vector<Rgb> read_palette(const BmpFile& file, std::size_t offset, std::size_t colours,
                              std::size_t bytes_per_colour) {
  std::vector<Rgb> palette;
  for (std::size_t i = 0; i < colours; ++i) {
    const auto bgr = file.bytes(offset + i * bytes_per_colour, 3);
    palette.push_back({bgr[2], bgr[1], bgr[0]});
  }
  return palette;
}

/// Whether there are BMP files with this number of bits per pixel and this compression.
bool known(unsigned bits, Compression compression) {
  switch (compression) {
    case Compression::none:
      return bits == 1 || bits == 4 || bits == 8 || bits == 16 || bits == 24 || bits == 32;
    case Compression::rle8:
      return bits == 8;
    case Compression::rle4:
      return bits == 4;
    case Compression::masks:
      return bits == 16 || bits == 32;
  }
  return false;
}

BmpHeader read_header(const BmpFile& file) {
  BmpHeader header;
  const std::size_t size = file.at(file_header_size, 4);
  const bool os2 = size == os2_header_size;
  if (!os2 && (size < windows_header_size || size > 124)) {
    throw file.unreadable("its header has {} bytes", size);
  }
  header.pixels = file.at(10, 4);
  header.width = os2 ? file.at(18, 2) : file.signed_at(18);
  header.height = os2 ? file.at(20, 2) : file.signed_at(22);
  header.top_down = header.height < 0;
  header.height = std::abs(header.height);
  header.bits = file.at(os2 ? 24 : 28, 2);
  header.compression = static_cast<Compression>(os2 ? 0 : file.at(30, 4));
  if (!known(header.bits, header.compression) || header.width <= 0 || header.height == 0) {
    throw file.unreadable("{} x {} pixels of {} bits with compression {}", header.width, header.height, header.bits,
                          static_cast<std::uint32_t>(header.compression));
  }
  if (header.bits == 16 || header.bits == 32) {
    header.masks = read_masks(file, header);
  }
  if (header.bits <= 8) {
    const auto used = os2 ? 0 : file.at(46, 4);
    const std::uint32_t most = 1U << header.bits;
    header.palette = read_palette(file, file_header_size + size, used == 0 ? most : std::min(used, most), os2 ? 3 : 4);
  }
  return header;
}

/// The row y of the file, whose rows lie in it as they are, each padded to a multiple of four bytes. Some programs
/// leave out the padding of the last one.
Bytes stored_row(const BmpFile& file, const BmpHeader& header, std::size_t y) {
  const auto bits = static_cast<std::size_t>(header.width) * header.bits;
  return file.bytes(header.pixels + y * ((bits + 31) / 32 * 4), (bits + 7) / 8);
}

/// Expands run-length encoded colour numbers into `indices`, one byte per pixel, in the order of the file. Pixels that
/// the file leaves out stay 0; what it has beyond the end of a row or of the picture is passed over. Throws
/// Error(input) for a picture that ends before its last row, as Pillow does.
class RunLengthDecoder {
 public:
  RunLengthDecoder(const BmpFile& file, const BmpHeader& header, std::vector<std::uint8_t>& indices)
      : file_(file), header_(header), indices_(indices), position_(header.pixels) {}

  void run() {
    while (y_ < header_.height) {
      const auto count = next();
      const auto value = next();
      if (count > 0) {
        repeat(count, value);
      } else if (value == 0) {  // end of the row
        x_ = 0;
        ++y_;
      } else if (value == 1) {  // end of the picture
        if (y_ < header_.height - 1) {
          throw file_.unreadable("it ends after {} of {} rows", y_, header_.height);
        }
        return;
      } else if (value == 2) {  // a step to the right and to the next rows
        x_ += next();
        y_ += next();
      } else {
        copy(value);
      }
    }
  }

 private:
  unsigned next() { return file_.at(position_++, 1); }

  void put(unsigned index) {
    if (x_ < header_.width) {
      indices_[static_cast<std::size_t>(y_ * header_.width + x_)] = static_cast<std::uint8_t>(index);
    }
    ++x_;
  }

  /// The colour number that `byte` has for the pixel i of a run: RLE4 has two of them in a byte.
  unsigned index_in(unsigned byte, unsigned i) const {
    return header_.compression == Compression::rle8 ? byte : i % 2 == 0 ? byte >> 4U : byte & 15U;
  }

  void repeat(unsigned count, unsigned value) {
    for (unsigned i = 0; i < count; ++i) {
      put(index_in(value, i));
    }
  }

  /// Colour numbers that follow as they are, padded to an even number of bytes.
  void copy(unsigned count) {
    const unsigned per_byte = header_.compression == Compression::rle8 ? 1 : 2;
    const auto first = position_;
    unsigned byte = 0;
    for (unsigned i = 0; i < count; ++i) {
      byte = i % per_byte == 0 ? next() : byte;
      put(index_in(byte, i));
    }
    position_ += (position_ - first) % 2;
  }

  const BmpFile& file_;
  const BmpHeader& header_;
  std::vector<std::uint8_t>& indices_;
  std::size_t position_;
  std::int64_t x_ = 0;
  std::int64_t y_ = 0;
};

/// The colour number of every pixel, in the order of the file.
std::vector<std::uint8_t> read_indices(const BmpFile& file, const BmpHeader& header) {
  const auto width = static_cast<std::size_t>(header.width);
  const auto height = static_cast<std::size_t>(header.height);
  std::vector<std::uint8_t> indices(width * height);
  if (header.compression != Compression::none) {
    RunLengthDecoder(file, header, indices).run();
    return indices;
  }
  const std::size_t per_byte = 8 / header.bits;
  for (std::size_t y = 0; y < height; ++y) {
    const auto row = stored_row(file, header, y);
    for (std::size_t x = 0; x < width; ++x) {
      const auto shift = 8 - header.bits * (x % per_byte + 1);
      indices[y * width + x] = static_cast<std::uint8_t>(row[x / per_byte] >> shift & ((1U << header.bits) - 1));
    }
  }
  return indices;
}

/// Converts a row of 16, 24 or 32 bits per pixel.
void row_to_rgb(Bytes row, const BmpHeader& header, std::uint8_t* rgb) {
  const unsigned size = header.bits / 8;
  for (; !row.empty(); row = row.subspan(size), rgb += 3) {
    if (size == 3) {
      std::reverse_copy(row.begin(), row.begin() + 3, rgb);
      continue;
    }
    std::uint32_t pixel = 0;
    for (unsigned i = 0; i < size; ++i) {
      pixel |= std::uint32_t{row[i]} << (8 * i);
    }
    std::transform(header.masks.begin(), header.masks.end(), rgb, [&](const Mask& mask) { return mask.of(pixel); });
  }
}

}  // namespace

Image decode_bmp(Bytes bytes, const std::string& name) {
  const BmpFile file(bytes, name);
  const auto header = read_header(file);
  const auto width = static_cast<std::size_t>(header.width);
  const auto height = static_cast<std::size_t>(header.height);
  if (header.compression == Compression::none || header.compression == Compression::masks) {
    stored_row(file, header, height - 1);  // a truncated file is refused before memory for its pixels is taken
  }
  const auto indices = header.bits <= 8 ? read_indices(file, header) : std::vector<std::uint8_t>{};
  Image image{static_cast<int>(width), static_cast<int>(height), std::vector<std::uint8_t>(3 * width * height)};
  for (std::size_t y = 0; y < height; ++y) {
    auto* target = image.rgb.data() + 3 * width * (header.top_down ? y : height - 1 - y);
    if (header.bits > 8) {
      row_to_rgb(stored_row(file, header, y), header, target);
      continue;
    }
    for (std::size_t x = 0; x < width; ++x, target += 3) {
      const auto index = indices[y * width + x];
      if (index < header.palette.size()) {
        std::copy(header.palette[index].begin(), header.palette[index].end(), target);
      }
    }
  }
  return image;
}

}  // namespace sightline::images
