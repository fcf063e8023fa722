#include "store/half.hpp"

#include <cmath>
#include <limits>

#include <gtest/gtest.h>

namespace sightline::store {
namespace {

TEST(Halves, AreOffByAtMostAsMuchAsTheHeaderSays) {
  for (const float largest : {1.0F, 65520.0F, 3.1e-5F, 2.9e30F, 1e-42F}) {
    std::vector<float> values;
    for (int i = 0; i < 2000; ++i) {
      values.push_back(largest * std::sin(static_cast<float>(i)) * std::exp(-0.01F * static_cast<float>(i)));
    }
    values[0] = largest;
    const auto read = from_halves(to_halves(values));
    for (std::size_t i = 0; i < values.size(); ++i) {
      const double bound = std::max(std::ldexp(std::abs(double{values[i]}), -11), std::ldexp(double{read[0]}, -39));
      ASSERT_LE(std::abs(double{read[i]} - values[i]), bound) << values[i] << " of at most " << largest;
    }
  }
}

TEST(Halves, OfRoundedValuesAreTheSameBits) {
  const std::vector<float> values = {0.99999F, -0.3337F, 1e-5F, 1e-9F, 0.0F};
  const auto once = from_halves(to_halves(values));
  EXPECT_EQ(from_halves(to_halves(once)), once);
}

TEST(Halves, KeepWhatIsNotFinite) {
  constexpr float infinity = std::numeric_limits<float>::infinity();
  const auto read = from_halves(to_halves(std::vector<float>{NAN, infinity, -infinity, 2.0F}));
  EXPECT_TRUE(std::isnan(read[0]));
  EXPECT_EQ(read[1], infinity);
  EXPECT_EQ(read[2], -infinity);
  EXPECT_EQ(read[3], 2.0F);
}

}  // namespace
}  // namespace sightline::store
