#pragma once

#include "images/formats/image.hpp"

namespace sightline::images {

enum class Interpolation { bilinear, bicubic };

/// Resizes an image with antialiasing; the result is bitwise equal to that of Image.resize of Pillow 13. The two passes
/// (rows, columns) use fixed-point weights with 22 fractional bits and round and clamp their results to 8 bits. The
/// horizontal pass is the first one, unless the height shrinks by more than twice as many pixels as the width. Pillow
/// before version 13 always starts with the horizontal pass; its results may then differ by one grey level.
Image resize(const Image& image, int width, int height, Interpolation interpolation);

/// The box of this size whose top left corner is (left, top). It must lie inside the image.
Image crop(const Image& image, int left, int top, int width, int height);

}  // namespace sightline::images
