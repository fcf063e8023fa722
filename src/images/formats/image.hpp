#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace sightline::images {

/// An 8-bit RGB image: row-major, three interleaved bytes per pixel.
struct Image {
  int width = 0;
  int height = 0;
  std::vector<std::uint8_t> rgb;
};

}  // namespace sightline::images
