#pragma once

#include <string>

#include "images/formats/bytes.hpp"
#include "images/formats/image.hpp"

namespace sightline::images {

/// Decodes a WebP file by libwebp, as images::decode says: of an animation the first frame, on a black canvas.
Image decode_webp(Bytes bytes, const std::string& name);

}  // namespace sightline::images
