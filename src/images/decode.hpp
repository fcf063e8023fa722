#pragma once

#include <filesystem>
#include <span>
#include <string>

#include "images/image.hpp"

namespace sightline::images {

/// Decodes an image as Pillow's Image.open(...).convert("RGB") does: a grey image gets three equal channels, CMYK is
/// converted, transparency is dropped and the EXIF orientation is ignored. JPEG is decoded by libjpeg, which reports
/// truncated files; PNG, BMP, WebP and TIFF are decoded by OpenCV. Throws Error(input) with `name` in the message when
/// `bytes` are empty, not an image or truncated, when the image claims more pixels than `max_pixels` (before anything
/// of that size is allocated), and when a side of the image has only one pixel.
Image decode(std::span<const std::uint8_t> bytes, const std::string& name);

/// Reads and decodes an image file. Throws as `decode` does, and when the file cannot be read.
Image decode_file(const std::filesystem::path& file);

}  // namespace sightline::images
