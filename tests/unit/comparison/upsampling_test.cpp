// Products in native space against the same sums over real pixels.

#include "comparison/upsampling.hpp"

#include <algorithm>

#include <gtest/gtest.h>

#include "random_map.hpp"

namespace sightline::comparison {
namespace {

TEST(Upsampling, InnerProductsEqualSumsOverPixels) {
  for (const std::int64_t size : {224, 50, 14}) {
    Upsampling upsampling(size);
    const auto a = tests::random_map(7, 7, "a");
    const auto b = tests::random_map(14, 10, "b");
    const auto x = upsampling.rescaled(native_gradcam(a, 7, 7));
    const auto y = upsampling.rescaled(native_gradcam(b, 14, 10));
    const auto x_pixels = gradcam_pixels(a, 7, 7, size);
    const auto y_pixels = gradcam_pixels(b, 14, 10, size);
    const auto pixels = static_cast<double>(size * size);
    EXPECT_NEAR(upsampling.inner_product(x, y), tests::inner_product(x_pixels, y_pixels), 1e-6 * pixels);
    EXPECT_NEAR(x.squared_norm, tests::inner_product(x_pixels, x_pixels), 1e-6 * pixels);
    EXPECT_NEAR(*std::max_element(x_pixels.begin(), x_pixels.end()), 1.0F, 1e-5F);
    EXPECT_EQ(*std::min_element(x_pixels.begin(), x_pixels.end()), 0.0F);
  }
}

TEST(NativeGradcam, ScalesAsPytorchGradCamAndBlanksWhatIsNotPositive) {
  const std::vector<float> raw = {-1.0F, 1.0F, 3.0F, 2.0F};
  const auto map = native_gradcam(raw, 2, 2);
  EXPECT_FLOAT_EQ(map.values[0], 0.0F);
  EXPECT_NEAR(map.values[1], 1.0 / 3.0, 1e-6);
  EXPECT_NEAR(map.values[2], 1.0, 1e-6);
  for (const float value : native_gradcam(std::vector<float>{-1.0F, -2.0F}, 1, 2).values) {
    EXPECT_EQ(value, 0.0F);
  }
}

}  // namespace
}  // namespace sightline::comparison
