#include "base/hash.hpp"

#include <gtest/gtest.h>

#include "base/random.hpp"

namespace sightline::base {
namespace {

TEST(Crc32c, GivesThePublishedCheckValue) {
  const std::string text = "123456789";
  const auto bytes = std::as_bytes(std::span(text));
  EXPECT_EQ(crc32c(bytes), 0xE3069283U);
  EXPECT_EQ(crc32c(bytes.subspan(4), crc32c(bytes.first(4))), 0xE3069283U);
}

TEST(Sha256, GivesThePublishedDigest) {
  EXPECT_EQ(sha256_of_text("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
}

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
