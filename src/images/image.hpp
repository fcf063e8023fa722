#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sightline::images {

/// 8-bit RGB, row-major, three interleaved bytes a pixel.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

}  // namespace sightline::images
