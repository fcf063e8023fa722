// The permutation test against all 24 orders of four items.

#include "statistics/mantel.hpp"

#include <algorithm>
#include <cmath>

#include <gtest/gtest.h>

#include "statistics/statistics.hpp"

namespace sightline::statistics {
namespace {

TEST(Mantel, CountsEveryPermutationOfFourItems) {
  // All 24 orders by hand: the permutation test must come close to their share.
  const std::vector<double> x = {0, 1, 2, 3, 1, 0, 4, 5, 2, 4, 0, 6, 3, 5, 6, 0};
  const std::vector<double> y = {0, 2, 1, 3, 2, 0, 4, 6, 1, 4, 0, 5, 3, 6, 5, 0};
  std::vector<std::size_t> order = {0, 1, 2, 3};
  const auto correlation = [&] {
    std::vector<double> a;
    std::vector<double> b;
    for (std::size_t i = 0; i < 4; ++i) {
      for (std::size_t j = i + 1; j < 4; ++j) {
        a.push_back(x[i * 4 + j]);
        b.push_back(y[order[i] * 4 + order[j]]);
      }
    }
    return pearson(a, b);
  };
  const double own = correlation();
  double as_extreme = 0.0;
  do {
    as_extreme += std::abs(correlation()) >= std::abs(own) - 1e-12 ? 1.0 : 0.0;
  } while (std::next_permutation(order.begin(), order.end()));
  const auto test = mantel(x, y, 4, 9999, 1);
  EXPECT_NEAR(test.correlation, own, 1e-12);
  EXPECT_NEAR(test.p, as_extreme / 24.0, 0.02);
  EXPECT_TRUE(std::isnan(mantel(x, std::vector<double>(16, 1.0), 4, 99, 1).correlation));
}

}  // namespace
}  // namespace sightline::statistics
