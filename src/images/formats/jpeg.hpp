#pragma once

#include <string>

#include "images/formats/bytes.hpp"
#include "images/formats/image.hpp"

namespace sightline::images {

/// Decodes a JPEG by libjpeg, as images::decode says, which explains least_side as well.
Image decode_jpeg(Bytes bytes, const std::string& name, int least_side);

}  // namespace sightline::images
