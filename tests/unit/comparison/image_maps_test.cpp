// How maps are read, and their products against the same sums over real pixels.

#include "comparison/image_maps.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "comparison/pixel_products.hpp"
#include "random_map.hpp"

namespace sightline::comparison {
namespace {

TEST(ResizedLabels, RepeatAndSkipPixels) {
  const std::vector<std::uint16_t> labels = {0, 1, 2, 3};
  EXPECT_EQ(resized_labels(labels, 2, 4), (std::vector<std::uint16_t>{0, 0, 1, 1, 0, 0, 1, 1, 2, 2, 3, 3, 2, 2, 3, 3}));
  EXPECT_EQ(resized_labels(labels, 2, 2), labels);
}

TEST(ReadSigned, ScalesByTheLargestMagnitude) {
  EXPECT_DOUBLE_EQ(read_signed(std::vector<float>{-4, 2}, false)[0], -1.0);
  EXPECT_DOUBLE_EQ(read_signed(std::vector<float>{-4, 2}, true)[0], 1.0);
  EXPECT_TRUE(read_signed(std::vector<float>{0, 0}, false).isZero(0.0));
}

TEST(ReadPixels, ClipsAndScalesLikeNumpy) {
  // numpy.percentile([0..9, 100], [10, 90]) = [1, 9], with [25, 75]: [2.5, 7.5]
  const std::vector<float> raw = {5, 1, 100, 3, 4, 0, 6, 7, 8, 9, 2};
  const auto pixels = [&](double clip) {
    return Eigen::VectorXf(maps_as_pixels({read_pixels(raw, clip, false)}, true).pixels.col(0));
  };
  EXPECT_FLOAT_EQ(pixels(10.0)[5], 1.0F / 9.0F);
  EXPECT_FLOAT_EQ(pixels(10.0)[2], 1.0F);
  EXPECT_FLOAT_EQ(pixels(25.0)[5], 2.5F / 7.5F);
  EXPECT_FLOAT_EQ(pixels(50.0)[5], 1.0F);
  const auto blank = maps_as_pixels({read_pixels({0, 0}, 0.3, false), read_pixels({-4, 2}, 0.0, true)}, true);
  EXPECT_EQ(blank.blank, (std::vector<bool>{true, false}));
  EXPECT_EQ(blank.pixels(0, 0), 0.0F);
  EXPECT_EQ(blank.pixels(0, 1), 1.0F);
}

TEST(PixelProducts, AreTheSumsOverAllPixels) {
  constexpr std::int64_t side = 91;  // a block is not full, and tiles of four maps are not
  std::vector<std::optional<PixelMap>> maps;
  std::vector<std::vector<float>> read;
  for (const auto* name : {"a", "b", "c", "d", "e"}) {
    const auto raw = tests::random_map(side, side, name);
    maps.emplace_back(read_pixels(raw, 1.0, name[0] == 'b'));
    auto& values = read.emplace_back();
    for (std::size_t i = 0; i < raw.size(); ++i) {
      values.push_back(maps.back()->at(i));
    }
  }
  maps[2].reset();
  const auto sums = pixel_products(maps);
  // A vector's lane adds up to 1024 products of a block in float32 (with SSE; half as many with AVX2). Each sum rounds
  // by at most 2^-24 of it, and such errors grow like the root of their number: 2^-24 sqrt(1024) of the magnitudes'
  // sum.
  constexpr double rounding = 32.0 / (1U << 24U);
  const auto magnitudes = [](std::vector<float> values) {
    std::transform(values.begin(), values.end(), values.begin(), [](float value) { return std::abs(value); });
    return values;
  };
  for (std::size_t a = 0; a < maps.size(); ++a) {
    for (std::size_t b = 0; b < maps.size(); ++b) {
      const double expected =
          maps[a] && maps[b] ? tests::inner_product(read[a], read[b]) / (sums.largest[a] * sums.largest[b]) : 0.0;
      const double largest_sum = maps[a] && maps[b] ? tests::inner_product(magnitudes(read[a]), magnitudes(read[b])) /
                                                          (sums.largest[a] * sums.largest[b])
                                                    : 0.0;
      EXPECT_NEAR(sums.products(static_cast<Eigen::Index>(a), static_cast<Eigen::Index>(b)), expected,
                  rounding * largest_sum);
    }
  }
}

TEST(ImageMaps, SuperpixelsWeighAsManyPixelsAsTheyHave) {
  // Two maps over three superpixels of 1, 2 and 5 pixels, and the same as pixels.
  const Eigen::VectorXd areas = Eigen::Vector3d(1, 2, 5);
  const Eigen::VectorXd a = Eigen::Vector3d(1, -1, 0.5);
  const Eigen::VectorXd b = Eigen::Vector3d(0, 2, 1);
  const PixelMap a_pixels{{1, -1, -1, 0.5, 0.5, 0.5, 0.5, 0.5}};
  const PixelMap b_pixels{{0, 2, 2, 1, 1, 1, 1, 1}};
  const auto by_areas = maps_on_superpixels({a, std::nullopt, b}, areas);
  const auto by_pixels = maps_as_pixels({a_pixels, std::nullopt, b_pixels}, false);
  EXPECT_TRUE(by_areas.products.isApprox(by_pixels.products));
  EXPECT_EQ(by_areas.present, (std::vector<bool>{true, false, true}));
}

TEST(Resized, EqualsUpsampling) {
  Upsampling upsampling(14);
  const auto raw = tests::random_map(7, 7, "s");
  const auto wide = resized({raw}, 7, 7, 14, upsampling).values;
  EXPECT_NEAR(tests::inner_product(wide, wide), upsampling.unscaled({7, 7, raw}).squared_norm, 1e-5);
  EXPECT_EQ(resized({raw}, 7, 7, 7, upsampling).values, raw);
}

}  // namespace
}  // namespace sightline::comparison
