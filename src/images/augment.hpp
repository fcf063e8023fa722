#pragma once

#include "base/random.hpp"
#include "images/transform.hpp"

namespace sightline::images {

/// A randomly cropped and flipped image for training, as by torchvision's RandomResizedCrop and RandomHorizontalFlip.
/// The crop has a random area (`min_scale` to 1 times that of the image) and a random aspect ratio (3/4 to 4/3). If ten
/// random boxes do not fit into the image, the crop is the largest centred box whose aspect ratio is in this range. The
/// crop is resized to recipe.size x recipe.size by recipe.interpolation and flipped horizontally with probability 1/2.
/// All random numbers are taken from `stream`.
Image random_resized_crop(const Image& picture, const Recipe& recipe, double min_scale,
                          const base::NumberStream& stream);

}  // namespace sightline::images
