#pragma once

#include <string>

#include "images/formats/bytes.hpp"
#include "images/formats/image.hpp"

namespace sightline::images {

/// Decodes a BMP file, as images::decode says: of Windows or OS/2, with 1, 4, 8, 16, 24 or 32 bits per pixel, with bit
/// masks or run-length encoding (Microsoft's "Bitmap Storage"). No library that clusters have reads this format alone.
Image decode_bmp(Bytes bytes, const std::string& name);

}  // namespace sightline::images
