#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "images/formats/image.hpp"

namespace sightline::images {

/// The image as a JPEG file: baseline, with halved colour resolution (4:2:0), the default of libjpeg and Pillow.
/// quality: libjpeg's, from 1 to 100. Throws base::Error(input), which names the picture `name`, when libjpeg fails, as
/// it does above 65500 pixels a side.
std::vector<std::uint8_t> encode_jpeg(const Image& image, int quality, const std::string& name);

}  // namespace sightline::images
