#pragma once

#include <array>

#include "images/image.hpp"
#include "images/resample.hpp"

namespace sightline::images {

/// What happens to a picture before a model sees it, apart from normalisation.
struct Recipe {
  int size = 224;  ///< side of the square result
  bool stretch =
      true;  ///< straight to size x size; otherwise short side to size / crop_pct, then centre crop, as timm evaluates
  double crop_pct = 1.0;
  Interpolation interpolation = Interpolation::bilinear;

  bool operator==(const Recipe&) const = default;
};

/// What besides its size makes a recipe's picture: crop0.875-bilinear, stretch-bicubic.
std::string resize_name(const Recipe& recipe);

/// A square picture of recipe.size. Equal to torchvision's Resize + CenterCrop on a PIL image.
Image apply(const Recipe& recipe, const Image& image);

/// (byte / 255 - mean) / std in float32, as torchvision's ToTensor + Normalize; `out` takes width x height x 3 values,
/// interleaved (the channels-last layout of a 1 x 3 x H x W tensor).
void normalise(const Image& image, const std::array<double, 3>& mean, const std::array<double, 3>& std, float* out);

}  // namespace sightline::images
