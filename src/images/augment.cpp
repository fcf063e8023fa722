#include "images/augment.hpp"

#include <algorithm>
#include <cmath>

namespace sightline::images {
namespace {

struct CropBox {
  int left;
  int top;
  int width;
  int height;
};

/// A box of random area and aspect ratio, or the centred one when ten random boxes do not fit into the image.
CropBox random_crop_box(const Image& picture, double min_scale, const base::NumberStream& stream) {
  const double area = static_cast<double>(picture.width) * picture.height;
  constexpr std::uint64_t tries = 10;
  for (std::uint64_t i = 0; i < tries; ++i) {
    const auto target = area * (min_scale + (1.0 - min_scale) * stream.uniform(4 * i));
    const auto ratio = std::exp((2.0 * stream.uniform(4 * i + 1) - 1.0) * std::log(4.0 / 3.0));
    const auto width = static_cast<int>(std::lround(std::sqrt(target * ratio)));
    const auto height = static_cast<int>(std::lround(std::sqrt(target / ratio)));
    if (width > 0 && width <= picture.width && height > 0 && height <= picture.height) {
      const auto place = [&](std::int64_t room, std::uint64_t draw) {
        return static_cast<int>(stream.below(static_cast<std::uint64_t>(room), draw));
      };
      return {place(picture.width - width + 1, 4 * i + 2), place(picture.height - height + 1, 4 * i + 3), width,
              height};
    }
  }
  const auto width = std::min(picture.width, picture.height * 4 / 3);
  const auto height = std::min(picture.height, picture.width * 4 / 3);
  return {(picture.width - width) / 2, (picture.height - height) / 2, width, height};
}

void flip_horizontally(Image& picture) {
  for (int row = 0; row < picture.height; ++row) {
    auto* pixels = picture.rgb.data() + static_cast<std::ptrdiff_t>(3) * picture.width * row;
    for (int left = 0, right = picture.width - 1; left < right; ++left, --right) {
      std::swap_ranges(pixels + 3 * left, pixels + 3 * left + 3, pixels + 3 * right);
    }
  }
}

}  // namespace

Image random_resized_crop(const Image& picture, const Recipe& recipe, double min_scale,
                          const base::NumberStream& stream) {
  const auto box = random_crop_box(picture, min_scale, stream);
  auto made =
      resize(crop(picture, box.left, box.top, box.width, box.height), recipe.size, recipe.size, recipe.interpolation);
  constexpr std::uint64_t flip = 1000;  // an index after those of all tries
  if (stream.uniform(flip) < 0.5) {
    flip_horizontally(made);
  }
  return made;
}

}  // namespace sightline::images
