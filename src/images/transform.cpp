#include "images/transform.hpp"

#include <algorithm>
#include <cfenv>
#include <cmath>

#include <fmt/format.h>

namespace sightline::images {
namespace {

/// Python's round(): a number halfway between two integers is rounded to the even one.
int round_half_even(double value) {
  return static_cast<int>(std::nearbyint(value));
}

/// timm's evaluation transform: resizes the short side to size / crop_pct and crops the centre. crop_pct must be at
/// most 1, or the resized image is smaller than the crop.
Image resize_and_crop(const Recipe& recipe, const Image& image) {
  const int short_side = recipe.short_side();
  const bool wide = image.width > image.height;
  const int longer = wide ? image.width : image.height;
  const int shorter = wide ? image.height : image.width;
  const int long_side = static_cast<int>(static_cast<double>(short_side) * longer / shorter);
  const Image resized =
      resize(image, wide ? long_side : short_side, wide ? short_side : long_side, recipe.interpolation);
  return crop(resized, round_half_even((resized.width - recipe.size) / 2.0),
              round_half_even((resized.height - recipe.size) / 2.0), recipe.size, recipe.size);
}

}  // namespace

int Recipe::short_side() const {
  return stretch ? size : static_cast<int>(std::floor(size / crop_pct));
}

std::string resize_name(const Recipe& recipe) {
  const auto* const filter = recipe.interpolation == Interpolation::bilinear ? "bilinear" : "bicubic";
  const auto name =
      recipe.stretch ? fmt::format("stretch-{}", filter) : fmt::format("crop{}-{}", recipe.crop_pct, filter);
  const auto drafted = recipe.jpeg_draft ? name + "-draft" : name;
  return recipe.perturbation == Perturbation::none ? drafted : drafted + "-" + name_of(recipe.perturbation);
}

Image apply(const Recipe& recipe, const Image& image) {
  return perturb(recipe.perturbation, recipe.stretch ? resize(image, recipe.size, recipe.size, recipe.interpolation)
                                                     : resize_and_crop(recipe, image));
}

void normalise(const Image& image, const std::array<double, 3>& mean, const std::array<double, 3>& std, float* out) {
  std::array<std::array<float, 256>, 3> table{};
  for (std::size_t channel = 0; channel < 3; ++channel) {
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const float scaled = static_cast<float>(byte) / 255.0F;
      table[channel][byte] = (scaled - static_cast<float>(mean[channel])) / static_cast<float>(std[channel]);
    }
  }
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    out[i] = table[0][image.rgb[i]];
    out[i + 1] = table[1][image.rgb[i + 1]];
    out[i + 2] = table[2][image.rgb[i + 2]];
  }
}

}  // namespace sightline::images
