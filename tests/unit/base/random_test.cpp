#include "base/random.hpp"

#include <gtest/gtest.h>

#include "base/hash.hpp"

namespace sightline::base {
namespace {

TEST(NumberStream, IsTheDocumentedStream) {
  EXPECT_EQ(fnv1a64(""), 0xCBF29CE484222325ULL);
  EXPECT_EQ(fnv1a64("a"), 0xAF63DC4C8601EC8CULL);
  // splitmix64 from state 0 starts with this published number
  const NumberStream zero_state("", 0xCBF29CE484222325ULL);
  EXPECT_EQ(zero_state.bits(0), 0xE220A8397B1DCDAFULL);
}

TEST(NumberStream, HasTheMomentsOfItsDistributions) {
  const NumberStream stream("moments", 7);
  double uniform = 0.0;
  double normal = 0.0;
  double square = 0.0;
  constexpr int n = 20000;
  for (int i = 0; i < n; ++i) {
    const auto index = static_cast<std::uint64_t>(i);
    uniform += stream.uniform(index) / n;
    normal += stream.normal(index) / n;
    square += stream.normal(index) * stream.normal(index) / n;
    EXPECT_LT(stream.below(10, index), 10U);
  }
  EXPECT_NEAR(uniform, 0.5, 0.01);
  EXPECT_NEAR(normal, 0.0, 0.03);
  EXPECT_NEAR(square, 1.0, 0.05);
}

}  // namespace
}  // namespace sightline::base
