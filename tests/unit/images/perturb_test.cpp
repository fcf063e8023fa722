// Perturbed images, and maps of them moved back.

#include "images/perturb.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "images/transform.hpp"

namespace sightline::images {
namespace {

constexpr int side = 56;
constexpr Perturbation all[] = {Perturbation::none, Perturbation::flip, Perturbation::shift, Perturbation::crop,
                                Perturbation::jpeg};

/// A smooth hill in a corner, grey.
Image hill() {
  Image image{side, side, {}};
  for (int row = 0; row < side; ++row) {
    for (int column = 0; column < side; ++column) {
      const double squared = std::pow(row - 20.0, 2) + std::pow(column - 35.0, 2);
      image.rgb.insert(image.rgb.end(), 3, static_cast<std::uint8_t>(std::lround(200.0 * std::exp(-squared / 70.0))));
    }
  }
  return image;
}

std::vector<float> red(const Image& image) {
  std::vector<float> values;
  for (std::size_t i = 0; i < image.rgb.size(); i += 3) {
    values.push_back(static_cast<float>(image.rgb[i]));
  }
  return values;
}

TEST(Perturb, WhatItDoesIsMovedBack) {
  const auto image = hill();
  const auto wanted = red(image);
  for (const auto perturbation : all) {
    SCOPED_TRACE(name_of(perturbation));
    const auto perturbed = perturb(perturbation, image);
    ASSERT_EQ(perturbed.rgb.size(), image.rgb.size());
    EXPECT_EQ(perturbed.rgb == image.rgb, perturbation == Perturbation::none);
    const auto found = moved_back(perturbation, red(perturbed), side, side);
    ASSERT_EQ(found.size(), wanted.size());
    for (int i = 0; i < side * side; ++i) {
      // The right and lower edge leave the picture when it is shifted, and all four when it is cropped.
      const bool leaves = perturbation == Perturbation::shift && std::max(i / side, i % side) >= side - 2;
      const bool same = perturbation == Perturbation::flip || (perturbation == Perturbation::shift && !leaves);
      EXPECT_NEAR(found[static_cast<std::size_t>(i)], wanted[static_cast<std::size_t>(i)], same ? 0.0F : 6.0F) << i;
    }
  }
}

TEST(Perturb, MapsHaveTheirOwnSize) {
  // 8 of 224 pixels are 1 of 28: the value of the last column is repeated.
  std::vector<float> map(28 * 28);
  for (std::size_t i = 0; i < map.size(); ++i) {
    map[i] = static_cast<float>(i % 28);
  }
  const auto shifted = moved_back(Perturbation::shift, map, 28, 224);
  EXPECT_EQ(shifted[0], 1.0F);
  EXPECT_EQ(shifted[26], 27.0F);
  EXPECT_EQ(shifted[27], 27.0F);
  EXPECT_EQ(moved_back(Perturbation::flip, map, 28, 224)[0], 27.0F);
}

TEST(Perturb, IsPartOfARecipe) {
  Recipe recipe{side};
  recipe.perturbation = Perturbation::flip;
  EXPECT_EQ(apply(recipe, hill()).rgb, perturb(Perturbation::flip, hill()).rgb);
  EXPECT_EQ(resize_name(recipe), "stretch-bilinear-flip");
}

TEST(Perturb, HasNames) {
  for (const auto perturbation : all) {
    EXPECT_EQ(perturbation_named(name_of(perturbation)), perturbation);
  }
  EXPECT_THROW(perturbation_named("blur"), base::Error);
}

}  // namespace
}  // namespace sightline::images
