#pragma once

#include <string>

#include "images/formats/bytes.hpp"
#include "images/formats/image.hpp"

namespace sightline::images {

/// Decodes an image as Pillow's Image.open(...).convert("RGB") does: a grey image gets three equal channels, CMYK is
/// converted, transparency is dropped and the EXIF orientation is ignored (but the tag Orientation of a TIFF is not).
/// Unlike Pillow, which cuts the values of grey pictures of 16 bits at 255, it takes their upper 8 bits. Each format is
/// decoded by the library of that name (images/formats). Throws Error(input) with `name` in the message when `bytes`
/// are empty, not a JPEG, PNG, BMP, WebP or TIFF, damaged or truncated, when the image claims more pixels than
/// `max_pixels` (before anything of that size is allocated), and when a side of the image has only one pixel.
///
/// least_side: a JPEG is shrunk to 1/2, 1/4 or 1/8 while it is decoded, by the largest of these factors that leaves
/// both sides at least this long, as Pillow's Image.draft("RGB", (least_side, least_side)) does; 0 = it is not.
Image decode(Bytes bytes, const std::string& name, int least_side = 0);

}  // namespace sightline::images
