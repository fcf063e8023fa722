#pragma once

#include <cstdint>
#include <optional>

#include "images/formats/bytes.hpp"

namespace sightline::images {

/// The number of pixels above which Pillow reports a decompression bomb. Larger pictures are not decoded.
inline constexpr std::uint64_t max_pixels = 178'956'970;

/// A width and a height in pixels as a file claims them.
struct PictureSize {
  std::uint64_t width = 0;
  std::uint64_t height = 0;

  bool too_large() const { return width > 0 && height > max_pixels / width; }
};

/// The size that the header of a PNG, BMP, WebP or TIFF file claims; of a TIFF's picture and its tiles the larger one,
/// since both are allocated. Nothing is decoded. nullopt for another format or a header that is cut off.
std::optional<PictureSize> claimed_size(Bytes bytes);

}  // namespace sightline::images
