#pragma once

#include "images/image.hpp"

namespace sightline::images {

enum class Interpolation { bilinear, bicubic };

/// Antialiased resampling, equal to Image.resize of Pillow 13 bit for bit: two passes with fixed-point weights of 22
/// fractional bits, rounded and clamped to 8 bits in between; horizontal first, unless the height shrinks by more than
/// twice what the width does (Pillow before 13: always horizontal first, which may differ by one grey level for such
/// pictures).
Image resize(const Image& image, int width, int height, Interpolation interpolation);

/// The part with top left corner (left, top); must lie inside the image.
Image crop(const Image& image, int left, int top, int width, int height);

}  // namespace sightline::images
