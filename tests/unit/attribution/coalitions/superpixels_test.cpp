// SLIC against scikit-image (tests/fixtures/superpixels.json), and the rules that name superpixels.

#include "attribution/coalitions/superpixels.hpp"

#include <ATen/TensorOperators.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/file.hpp"

namespace sightline::attribution {
namespace {

TEST(Superpixels, AreConnectedNumberedAndFewerThanAnnounced) {
  images::Image image{60, 40, std::vector<std::uint8_t>(60 * 40 * 3)};
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    image.rgb[i] = static_cast<std::uint8_t>((i * i / 700 + i % 180) % 256);
  }
  for (const std::int64_t segments : {4, 20, 100}) {
    const SuperpixelRule rule{segments};
    const auto made = slic(image, segments);
    EXPECT_LE(made.count, rule.max_count(40, 60));
    EXPECT_EQ(made.labels.max().item<std::int64_t>() + 1, made.count);
    EXPECT_EQ(made.labels.min().item<std::int64_t>(), 0);
  }
  EXPECT_EQ(SuperpixelRule::parse("slic:50").key(224, 224, ""), "slic50-224");
  EXPECT_EQ(SuperpixelRule::parse("slic:50").key(224, 448, "crop0.9-bicubic"), "slic50-224x448-crop0.9-bicubic");
  EXPECT_EQ(SuperpixelRule::parse("grid:7x4").key(224, 224, "crop0.9-bicubic"), "grid7x4-224") << "whatever it shows";
  EXPECT_EQ(SuperpixelRule::parse("grid:7x4").max_count(224, 224), 28);
  for (const char* wrong : {"", "slic", "slic:1", "grid:7", "grid:0x2", "quickshift:4"}) {
    EXPECT_THROW(SuperpixelRule::parse(wrong), base::Error) << wrong;
  }
}

/// The picture of make_superpixel_fixtures.py.
images::Image fixture_picture(int width, int height) {
  images::Image image{width, height, {}};
  for (int row = 0; row < height; ++row) {
    for (int column = 0; column < width; ++column) {
      const int down = row - height / 3;
      const int right = column - width / 2;
      const int disc = down * down + right * right < (height / 4) * (height / 4) ? 90 : 0;
      const int stripes = column * 5 / width % 2 * 60;
      const int texture = (row * 7 + column * 13 + row * column) % 23;
      for (const int value : {40 + disc + texture, 60 + stripes + texture, 200 - disc - stripes + texture}) {
        image.rgb.push_back(static_cast<std::uint8_t>(value));
      }
    }
  }
  return image;
}

TEST(Superpixels, AreScikitImages) {
  const auto cases = nlohmann::json::parse(base::read_text(SIGHTLINE_TESTS_FOLDER "/fixtures/superpixels.json"));
  for (const auto& each : cases) {
    const auto made = slic(fixture_picture(each["width"], each["height"]), each["segments"]).labels;
    const auto* labels = made.const_data_ptr<std::int64_t>();
    EXPECT_EQ(std::vector<std::int64_t>(labels, labels + made.numel()), each["labels"].get<std::vector<std::int64_t>>())
        << each["width"] << " x " << each["height"] << ", " << each["segments"];
  }
}

}  // namespace
}  // namespace sightline::attribution
