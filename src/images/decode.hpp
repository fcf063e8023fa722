#pragma once

#include <span>
#include <string>

#include "images/image.hpp"

namespace sightline::images {

/// Decodes an image as Pillow's Image.open(...).convert("RGB") does: a grey image gets three equal channels, CMYK is
/// converted, transparency is dropped and the EXIF orientation is ignored. JPEG is decoded by libjpeg, which reports
/// truncated files; PNG, BMP, WebP and TIFF are decoded by OpenCV. Throws Error(input) with `name` in the message when
/// `bytes` are empty, not an image or truncated, when the image claims more pixels than `max_pixels` (before anything
/// of that size is allocated), and when a side of the image has only one pixel.
///
/// least_side: a JPEG is shrunk to 1/2, 1/4 or 1/8 while it is decoded, by the largest of these factors that leaves
/// both sides at least this long, as Pillow's Image.draft("RGB", (least_side, least_side)) does; 0 = it is not.
Image decode(std::span<const std::uint8_t> bytes, const std::string& name, int least_side = 0);

}  // namespace sightline::images
