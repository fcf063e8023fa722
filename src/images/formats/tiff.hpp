#pragma once

#include <string>

#include "images/formats/bytes.hpp"
#include "images/formats/image.hpp"

namespace sightline::images {

/// Decodes the first picture of a TIFF file by libtiff, as images::decode says: in strips or tiles, with 1 to 8 or 16
/// bits per sample, of which the upper 8 are taken; grey, palette, RGB, CMYK and what libtiff itself turns to RGB. Like
/// Pillow, it turns the picture upright by the tag Orientation and divides colours by the alpha that they were
/// multiplied with. Floating-point and signed samples are refused.
Image decode_tiff(Bytes bytes, const std::string& name);

}  // namespace sightline::images
