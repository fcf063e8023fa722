#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "images/image.hpp"

namespace sightline::images {

/// Decodes a picture the way PIL's Image.open(...).convert("RGB") does: grey is repeated, CMYK is converted,
/// transparency is dropped, EXIF orientation is ignored. JPEG goes through libjpeg directly, which tells a truncated
/// file; PNG, BMP, WebP and TIFF through OpenCV. Throws Error(input) naming the picture: empty, not a picture,
/// truncated, or with a side of one pixel.
Image decode(std::span<const std::uint8_t> bytes, const std::string& name);
Image decode_file(const std::filesystem::path& file);

}  // namespace sightline::images
