#include "images/formats/tiff.hpp"

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstring>
#include <memory>

#include <tiffio.h>

#include "base/error.hpp"
#include "images/formats/cmyk.hpp"
#include "images/formats/picture_size.hpp"

namespace sightline::images {
namespace {

/// The file as libtiff's callbacks see it.
struct TiffMemory {
  Bytes bytes;
  std::uint64_t position = 0;
  std::array<char, 256> message{};  ///< the first error that libtiff reports
};

tmsize_t read_memory(thandle_t handle, void* target, tmsize_t size) {
  auto* memory = static_cast<TiffMemory*>(handle);
  const auto left = memory->position < memory->bytes.size() ? memory->bytes.size() - memory->position : 0;
  const auto count = std::min<std::uint64_t>(left, static_cast<std::uint64_t>(size));
  if (count > 0) {
    std::memcpy(target, memory->bytes.data() + memory->position, count);
  }
  memory->position += count;
  return static_cast<tmsize_t>(count);
}

tmsize_t refuse_to_write(thandle_t /*handle*/, void* /*source*/, tmsize_t /*size*/) {
  return -1;
}

toff_t seek_memory(thandle_t handle, toff_t offset, int whence) {
  auto* memory = static_cast<TiffMemory*>(handle);
  const auto base = whence == SEEK_SET ? 0 : whence == SEEK_CUR ? memory->position : memory->bytes.size();
  return memory->position = base + offset;
}

toff_t size_of_memory(thandle_t handle) {
  return static_cast<TiffMemory*>(handle)->bytes.size();
}

int close_memory(thandle_t /*handle*/) {
  return 0;
}

void keep_first_error(thandle_t handle, const char* /*module*/, const char* format, std::va_list arguments) {
  auto* memory = static_cast<TiffMemory*>(handle);
  if (memory != nullptr && memory->message[0] == '\0') {
    std::vsnprintf(memory->message.data(), memory->message.size(), format, arguments);
  }
}

/// libtiff's handlers are set once for the whole process; the one for errors learns from its handle which file it is.
void set_handlers() {
  static const bool set = [] {
    TIFFSetWarningHandler(nullptr);
    TIFFSetErrorHandler(nullptr);
    TIFFSetErrorHandlerExt(&keep_first_error);
    return true;
  }();
  static_cast<void>(set);
}

/// What the file says of its first picture.
struct TiffLayout {
  std::uint32_t width = 0;
  std::uint32_t height = 0;
  std::uint16_t bits = 1;     ///< per sample
  std::uint16_t samples = 1;  ///< per pixel, with alpha and other extra ones
  std::uint16_t photometric = PHOTOMETRIC_MINISBLACK;
  std::uint16_t planes = PLANARCONFIG_CONTIG;
  std::uint16_t format = SAMPLEFORMAT_UINT;
  std::uint16_t orientation = ORIENTATION_TOPLEFT;
  bool premultiplied = false;  ///< whether the sample behind the colours is an alpha that they were multiplied with

  /// The number of samples that make the colour.
  unsigned colours() const { return photometric == PHOTOMETRIC_RGB ? 3 : photometric == PHOTOMETRIC_SEPARATED ? 4 : 1; }

  /// The number of samples per pixel that are read.
  unsigned kept() const { return colours() + (premultiplied ? 1 : 0); }

  /// Whether the samples are read as they are. The other kinds are left to libtiff's own conversion.
  bool plain() const {
    const bool known = photometric == PHOTOMETRIC_MINISBLACK || photometric == PHOTOMETRIC_MINISWHITE ||
                       photometric == PHOTOMETRIC_PALETTE || photometric == PHOTOMETRIC_RGB ||
                       photometric == PHOTOMETRIC_SEPARATED;
    const bool whole_bits = bits == 1 || bits == 2 || bits == 4 || bits == 8 || bits == 16;
    return known && whole_bits && samples >= kept();
  }
};

/// A TIFF file that is read from memory.
class TiffFile {
 public:
  TiffFile(Bytes bytes, const std::string& name) : memory_{bytes}, name_(name) {
    set_handlers();
    // "m": the bytes are copied, not mapped, since libtiff may change what it has mapped.
    tiff_.reset(TIFFClientOpen("memory", "rm", &memory_, &read_memory, &refuse_to_write, &seek_memory, &close_memory,
                               &size_of_memory, nullptr, nullptr));
    if (tiff_ == nullptr) {
      throw unreadable();
    }
  }

  TIFF* get() const { return tiff_.get(); }

  /// The error that libtiff reported.
  base::Error unreadable() const { return unreadable(memory_.message.data()); }

  base::Error unreadable(const std::string& reason) const {
    return base::input_error("{}: not a readable TIFF: {}", name_, reason.empty() ? "it is damaged" : reason);
  }

 private:
  TiffMemory memory_;
  const std::string& name_;
  std::unique_ptr<TIFF, decltype(&TIFFClose)> tiff_{nullptr, &TIFFClose};
};

TiffLayout read_layout(const TiffFile& file) {
  TiffLayout layout;
  auto* tiff = file.get();
  std::uint16_t compression = COMPRESSION_NONE;
  std::uint16_t extra_count = 0;
  const std::uint16_t* extra = nullptr;
  TIFFGetField(tiff, TIFFTAG_IMAGEWIDTH, &layout.width);
  TIFFGetField(tiff, TIFFTAG_IMAGELENGTH, &layout.height);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_BITSPERSAMPLE, &layout.bits);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLESPERPIXEL, &layout.samples);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_PLANARCONFIG, &layout.planes);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_SAMPLEFORMAT, &layout.format);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_ORIENTATION, &layout.orientation);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_COMPRESSION, &compression);
  TIFFGetFieldDefaulted(tiff, TIFFTAG_EXTRASAMPLES, &extra_count, &extra);
  if (TIFFGetField(tiff, TIFFTAG_PHOTOMETRIC, &layout.photometric) == 0) {
    layout.photometric = layout.samples >= 3 ? PHOTOMETRIC_RGB : PHOTOMETRIC_MINISBLACK;
  }
  if (layout.photometric == PHOTOMETRIC_YCBCR && compression == COMPRESSION_JPEG &&
      layout.planes == PLANARCONFIG_CONTIG) {
    TIFFSetField(tiff, TIFFTAG_JPEGCOLORMODE, JPEGCOLORMODE_RGB);  // libjpeg converts it
    layout.photometric = PHOTOMETRIC_RGB;
  }
  layout.premultiplied = extra_count > 0 && extra[0] == EXTRASAMPLE_ASSOCALPHA &&
                         layout.photometric == PHOTOMETRIC_RGB && layout.samples > 3;
  if (layout.width == 0 || layout.height == 0 || PictureSize{layout.width, layout.height}.too_large()) {
    throw file.unreadable(fmt::format("it claims {} x {} pixels", layout.width, layout.height));
  }
  if (layout.format != SAMPLEFORMAT_UINT && layout.format != SAMPLEFORMAT_VOID) {
    throw file.unreadable("its samples are signed or floating-point numbers; whole numbers of 1 to 16 bits are read");
  }
  return layout;
}

/// A row of samples as libtiff gives them.
class SampleRow {
 public:
  SampleRow(const std::uint8_t* bytes, const TiffLayout& layout)
      : bytes_(bytes), bits_(layout.bits), scaled_(layout.photometric != PHOTOMETRIC_PALETTE) {}

  /// The sample i as a number from 0 to 255; colour numbers of a palette stay what they are.
  std::uint8_t at(std::size_t i) const {
    if (bits_ == 8) {
      return bytes_[i];
    }
    if (bits_ == 16) {
      std::uint16_t value = 0;
      std::memcpy(&value, bytes_ + 2 * i, sizeof(value));
      return static_cast<std::uint8_t>(scaled_ ? value >> 8U : std::min<unsigned>(value, 255));
    }
    const unsigned most = (1U << bits_) - 1;
    const auto shift = 8 - bits_ - i * bits_ % 8;
    const unsigned value = bytes_[i * bits_ / 8] >> shift & most;
    return static_cast<std::uint8_t>(scaled_ ? value * 255 / most : value);
  }

 private:
  const std::uint8_t* bytes_;
  unsigned bits_;
  bool scaled_;
};

/// Reads the kept samples of all pixels, row by row, with the samples of a pixel together.
class SampleReader {
 public:
  SampleReader(const TiffFile& file, const TiffLayout& layout)
      : file_(file),
        layout_(layout),
        separate_(layout.planes == PLANARCONFIG_SEPARATE && layout.samples > 1),
        kept_(std::size_t{layout.width} * layout.height * layout.kept()) {}

  std::vector<std::uint8_t> read() {
    for (unsigned plane = 0; plane < (separate_ ? layout_.kept() : 1); ++plane) {
      TIFFIsTiled(file_.get()) != 0 ? read_tiles(plane) : read_rows(plane);
    }
    return std::move(kept_);
  }

 private:
  /// A buffer for the decoded bytes of a row or of a tile.
  std::vector<std::uint8_t> buffer_of(std::uint64_t size) const {
    constexpr std::uint64_t most = std::uint64_t{1} << 28U;
    if (size == 0 || size > most) {
      throw file_.unreadable(fmt::format("a row or tile of it takes {} bytes; at most {} are read", size, most));
    }
    return std::vector<std::uint8_t>(size);
  }

  void read_rows(unsigned plane) {
    auto buffer = buffer_of(TIFFScanlineSize64(file_.get()));
    for (std::uint32_t y = 0; y < layout_.height; ++y) {
      if (TIFFReadScanline(file_.get(), buffer.data(), y, static_cast<std::uint16_t>(plane)) < 0) {
        throw file_.unreadable();
      }
      keep(SampleRow(buffer.data(), layout_), 0, layout_.width, y, plane);
    }
  }

  void read_tiles(unsigned plane) {
    std::uint32_t width = 0;
    std::uint32_t height = 0;
    TIFFGetField(file_.get(), TIFFTAG_TILEWIDTH, &width);
    TIFFGetField(file_.get(), TIFFTAG_TILELENGTH, &height);
    auto buffer = buffer_of(TIFFTileSize64(file_.get()));
    const auto stride = static_cast<std::size_t>(TIFFTileRowSize64(file_.get()));
    if (width == 0 || height == 0 || stride * height > buffer.size()) {
      throw file_.unreadable(fmt::format("its tiles have {} x {} pixels", width, height));
    }
    for (std::uint64_t top = 0; top < layout_.height; top += height) {
      for (std::uint64_t left = 0; left < layout_.width; left += width) {
        if (TIFFReadTile(file_.get(), buffer.data(), static_cast<std::uint32_t>(left), static_cast<std::uint32_t>(top),
                         0, static_cast<std::uint16_t>(plane)) < 0) {
          throw file_.unreadable();
        }
        const auto columns = std::min<std::uint64_t>(width, layout_.width - left);
        for (std::uint64_t y = top; y < std::min<std::uint64_t>(top + height, layout_.height); ++y) {
          keep(SampleRow(buffer.data() + (y - top) * stride, layout_), left, columns, y, plane);
        }
      }
    }
  }

  /// Keeps `columns` pixels of a row or tile row, which lie at (left, y) in the picture.
  void keep(const SampleRow& row, std::size_t left, std::size_t columns, std::size_t y, unsigned plane) {
    const std::size_t kept = layout_.kept();
    auto* target = kept_.data() + (y * layout_.width + left) * kept;
    for (std::size_t x = 0; x < columns; ++x, target += kept) {
      if (separate_) {
        target[plane] = row.at(x);
        continue;
      }
      for (std::size_t sample = 0; sample < kept; ++sample) {
        target[sample] = row.at(x * layout_.samples + sample);
      }
    }
  }

  const TiffFile& file_;
  const TiffLayout& layout_;
  bool separate_;
  std::vector<std::uint8_t> kept_;
};

/// Colours by number, of which the file has 16 bits per channel.
class Palette {
 public:
  explicit Palette(const TiffFile& file, const TiffLayout& layout) : colours_(std::size_t{1} << layout.bits) {
    if (TIFFGetField(file.get(), TIFFTAG_COLORMAP, &channels_[0], &channels_[1], &channels_[2]) == 0) {
      throw file.unreadable("it has no colour map");
    }
  }

  void to_rgb(std::uint8_t index, std::uint8_t* rgb) const {
    for (std::size_t channel = 0; channel < 3; ++channel) {
      rgb[channel] = index < colours_ ? static_cast<std::uint8_t>(channels_[channel][index] >> 8U) : 0;
    }
  }

 private:
  std::size_t colours_;
  std::array<std::uint16_t*, 3> channels_{};
};

/// Divides a colour by its alpha, as Pillow does.
void divide_by_alpha(const std::uint8_t* rgba, std::uint8_t* rgb) {
  const unsigned alpha = rgba[3];
  std::transform(rgba, rgba + 3, rgb, [&](std::uint8_t value) {
    return static_cast<std::uint8_t>(alpha == 0 ? 0 : std::min(255U * value / alpha, 255U));
  });
}

std::vector<std::uint8_t> read_plain(const TiffFile& file, const TiffLayout& layout) {
  auto samples = SampleReader(file, layout).read();
  if (layout.photometric == PHOTOMETRIC_RGB && !layout.premultiplied) {
    return samples;
  }
  std::vector<std::uint8_t> rgb(std::size_t{3} * layout.width * layout.height);
  const auto each_pixel = [&](const auto& convert) {
    const auto* source = samples.data();
    for (auto* target = rgb.data(); target != rgb.data() + rgb.size(); target += 3, source += layout.kept()) {
      convert(source, target);
    }
  };
  if (layout.premultiplied) {
    each_pixel(&divide_by_alpha);
  } else if (layout.photometric == PHOTOMETRIC_SEPARATED) {
    each_pixel(&cmyk_to_rgb);
  } else if (layout.photometric == PHOTOMETRIC_PALETTE) {
    const Palette palette(file, layout);
    each_pixel([&](const std::uint8_t* index, std::uint8_t* target) { palette.to_rgb(*index, target); });
  } else {
    const unsigned flip = layout.photometric == PHOTOMETRIC_MINISWHITE ? 255 : 0;
    each_pixel([&](const std::uint8_t* grey, std::uint8_t* target) {
      std::fill_n(target, 3, static_cast<std::uint8_t>(*grey ^ flip));
    });
  }
  return rgb;
}

/// Reads the other kinds by libtiff's own conversion.
std::vector<std::uint8_t> read_converted(const TiffFile& file, const TiffLayout& layout) {
  std::array<char, 1024> reason{};
  if (TIFFRGBAImageOK(file.get(), reason.data()) == 0) {
    throw file.unreadable(reason.data());
  }
  std::vector<std::uint32_t> pixels(std::size_t{layout.width} * layout.height);
  if (TIFFReadRGBAImageOriented(file.get(), layout.width, layout.height, pixels.data(), layout.orientation, 1) == 0) {
    throw file.unreadable();
  }
  std::vector<std::uint8_t> rgb;
  rgb.reserve(3 * pixels.size());
  for (const auto pixel : pixels) {
    rgb.insert(rgb.end(), {static_cast<std::uint8_t>(TIFFGetR(pixel)), static_cast<std::uint8_t>(TIFFGetG(pixel)),
                           static_cast<std::uint8_t>(TIFFGetB(pixel))});
  }
  return rgb;
}

/// The picture as the tag Orientation says that it is meant.
Image upright(Image stored, std::uint16_t orientation) {
  const bool mirrored = orientation == ORIENTATION_TOPRIGHT || orientation == ORIENTATION_BOTRIGHT ||
                        orientation == ORIENTATION_RIGHTTOP || orientation == ORIENTATION_RIGHTBOT;
  const bool upside_down = orientation == ORIENTATION_BOTRIGHT || orientation == ORIENTATION_BOTLEFT ||
                           orientation == ORIENTATION_RIGHTBOT || orientation == ORIENTATION_LEFTBOT;
  const bool transposed = orientation >= ORIENTATION_LEFTTOP && orientation <= ORIENTATION_LEFTBOT;
  if (!mirrored && !upside_down && !transposed) {
    return stored;
  }
  Image image{transposed ? stored.height : stored.width, transposed ? stored.width : stored.height,
              std::vector<std::uint8_t>(stored.rgb.size())};
  auto* target = image.rgb.data();
  for (int y = 0; y < image.height; ++y) {
    for (int x = 0; x < image.width; ++x, target += 3) {
      // The first letter pair of a name in libtiff says where the first stored row lies, the second the first column.
      const int right = mirrored ? image.width - 1 - x : x;
      const int down = upside_down ? image.height - 1 - y : y;
      const auto pixel = transposed ? std::size_t{3} * (static_cast<std::size_t>(right) * stored.width + down)
                                    : std::size_t{3} * (static_cast<std::size_t>(down) * stored.width + right);
      std::copy_n(stored.rgb.data() + pixel, 3, target);
    }
  }
  return image;
}

}  // namespace

Image decode_tiff(Bytes bytes, const std::string& name) {
  const TiffFile file(bytes, name);
  const auto layout = read_layout(file);
  auto rgb = layout.plain() ? read_plain(file, layout) : read_converted(file, layout);
  return upright({static_cast<int>(layout.width), static_cast<int>(layout.height), std::move(rgb)}, layout.orientation);
}

}  // namespace sightline::images
