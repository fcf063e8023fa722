#pragma once

#include <cstdint>

namespace sightline::images {

/// Writes the three bytes that Pillow's convert("RGB") makes of one pixel of four inks (0: none, 255: full).
inline void cmyk_to_rgb(const std::uint8_t* inks, std::uint8_t* rgb) {
  const unsigned white = 255U - inks[3];
  for (int channel = 0; channel < 3; ++channel) {
    const unsigned product = inks[channel] * white + 128;
    const unsigned covered = ((product >> 8U) + product) >> 8U;  // inks[channel] * white / 255, rounded
    rgb[channel] = static_cast<std::uint8_t>(covered > white ? 0 : white - covered);
  }
}

}  // namespace sightline::images
