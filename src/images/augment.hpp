#pragma once

#include "base/random.hpp"
#include "images/transform.hpp"

namespace sightline::images {

/// torchvision's RandomResizedCrop and RandomHorizontalFlip: a part of random area (`min_scale` to 1 of the picture)
/// and aspect ratio (3/4 to 4/3), resized to recipe.size by recipe.interpolation, mirrored every second time. Ten tries
/// to fit, then the centre. The same for the same stream.
Image random_resized_crop(const Image& picture, const Recipe& recipe, double min_scale,
                          const base::NumberStream& stream);

}  // namespace sightline::images
