#include "base/exact_sum.hpp"

#include <cmath>

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "base/random.hpp"

namespace sightline::base {
namespace {

TEST(ExactSum, IsTheSameForAnyOrderAndSplit) {
  const NumberStream stream("exact_sum_test", 3);
  ExactSum forward;
  ExactSum backward;
  ExactSum part;
  for (std::uint64_t i = 0; i < 1000; ++i) {
    forward.add(stream.normal(i) * 1e-3);
    (i % 2 == 0 ? backward : part).add(stream.normal(999 - i) * 1e-3);
  }
  backward.add(part);
  EXPECT_EQ(forward.words(), backward.words());
  EXPECT_EQ(ExactSum::from_words(forward.words()).value(), forward.value());
}

TEST(ExactSum, KeepsWhatDoublesLose) {
  ExactSum sum;
  sum.add(1e9);
  sum.add(0x1p-60);
  sum.add(-1e9);
  EXPECT_EQ(sum.value(), 0x1p-60);
}

TEST(ExactSum, RefusesWhatIsNotFinite) {
  ExactSum sum;
  EXPECT_THROW(sum.add(std::nan("")), Error);
  EXPECT_THROW(sum.add(INFINITY), Error);
}

TEST(Moments, AreMeanAndUnbiasedDeviation) {
  ExactSum sum;
  ExactSum squares;
  for (const double x : {1.0, 2.0, 4.0}) {
    sum.add(x);
    squares.add(x * x);
  }
  EXPECT_DOUBLE_EQ(moments(sum, squares, 3).mean, 7.0 / 3.0);
  EXPECT_DOUBLE_EQ(moments(sum, squares, 3).deviation, std::sqrt(7.0 / 3.0));
  EXPECT_EQ(moments({}, {}, 0).mean, 0.0);
  EXPECT_EQ(moments(sum, squares, 1).deviation, 0.0);
}

}  // namespace
}  // namespace sightline::base
