#pragma once

#include "images/image.hpp"

namespace sightline::images {

enum class Interpolation { bilinear, bicubic };

/// Antialiased resampling, equal to Pillow's Image.resize bit for bit: two passes, horizontal first, fixed-point
/// weights with 22 fractional bits, rounded and clamped to 8 bits in between.
Image resize(const Image& image, int width, int height, Interpolation interpolation);

/// The part with top left corner (left, top); must lie inside the image.
Image crop(const Image& image, int left, int top, int width, int height);

}  // namespace sightline::images
