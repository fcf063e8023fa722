#pragma once

#include <string>
#include <vector>

#include "images/formats/bytes.hpp"
#include "images/formats/image.hpp"

namespace sightline::images {

/// Decodes a PNG by libpng, as images::decode says: of 16 bits per sample the upper 8 are taken, of an animation the
/// picture that readers without animations show. A file that ends before its IEND chunk is truncated.
Image decode_png(Bytes bytes, const std::string& name);

/// The image as a PNG file. Throws base::Error(input), which names the picture `name`, when libpng fails.
std::vector<std::uint8_t> encode_png(const Image& image, const std::string& name);

}  // namespace sightline::images
