// Resampling against Pillow (tests/fixtures/images/expected.json), crops and normalisation.

#include "images/transform.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "pillow_fixtures.hpp"

namespace sightline::images {
namespace {

Image noise(int width, int height) {
  Image image{width, height, std::vector<std::uint8_t>(std::size_t{3} * width * height)};
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    image.rgb[i] = static_cast<std::uint8_t>((i * 2654435761U % 0x100000000U) >> 24U);
  }
  return image;
}

TEST(Resize, EqualsPillowToTheBit) {
  for (const auto& entry : tests::pillow_results()["resized"]) {
    const auto image = noise(entry["from"][0], entry["from"][1]);
    const auto method = entry["method"] == "bilinear" ? Interpolation::bilinear : Interpolation::bicubic;
    EXPECT_EQ(tests::sha256(resize(image, entry["to"][0], entry["to"][1], method)), entry["sha256"].get<std::string>())
        << entry;
  }
}

TEST(Transform, CropsTheCentreAndNormalisesInFloat32) {
  const auto image = apply({8, false, 1.0, Interpolation::bilinear}, noise(8, 13));
  EXPECT_EQ(image.width, 8);
  EXPECT_EQ(image.height, 8);
  // (13 - 8) / 2 = 2.5 is rounded to even, as Python does: rows 2 to 9
  EXPECT_EQ(image.rgb, crop(noise(8, 13), 0, 2, 8, 8).rgb);
  std::vector<float> values(image.rgb.size());
  normalise(image, {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}, values.data());
  EXPECT_EQ(values[1], (static_cast<float>(image.rgb[1]) / 255.0F - 0.456F) / 0.224F);
}

}  // namespace
}  // namespace sightline::images
