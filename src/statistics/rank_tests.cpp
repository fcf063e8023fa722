#include "statistics/rank_tests.hpp"

#include <algorithm>
#include <cmath>
#include <numbers>

#include <boost/math/special_functions/gamma.hpp>

#include "base/nan.hpp"
#include "statistics/ranks.hpp"

namespace sightline::statistics {
namespace {

using base::nan;

double normal_cdf(double x) {
  return 0.5 * std::erfc(-x / std::numbers::sqrt2);
}

}  // namespace

Friedman friedman(const std::vector<std::vector<double>>& blocks) {
  Friedman result;
  result.blocks = blocks.size();
  const auto k = blocks.empty() ? 0 : blocks.front().size();
  result.mean_ranks.assign(k, nan);
  result.statistic = result.p = nan;
  if (blocks.size() < 2 || k < 2) {
    return result;
  }
  std::vector<double> sums(k);
  double tie_term = 0.0;
  for (const auto& block : blocks) {
    const auto ranked = tied_ranks(block);
    std::transform(ranked.ranks.begin(), ranked.ranks.end(), sums.begin(), sums.begin(), std::plus<>());
    tie_term += ranked.tie_term;
  }
  const auto n = static_cast<double>(blocks.size());
  const auto treatments = static_cast<double>(k);
  double squares = 0.0;
  for (std::size_t i = 0; i < k; ++i) {
    result.mean_ranks[i] = sums[i] / n;
    squares += sums[i] * sums[i];
  }
  const auto correction = 1.0 - tie_term / (n * treatments * (treatments * treatments - 1.0));
  if (correction > 0.0) {
    result.statistic =
        (12.0 / (n * treatments * (treatments + 1.0)) * squares - 3.0 * n * (treatments + 1.0)) / correction;
    result.p = boost::math::gamma_q(0.5 * (treatments - 1.0), 0.5 * std::max(0.0, result.statistic));
  }
  return result;
}

double nemenyi(double rank_difference, std::size_t treatments, std::size_t blocks) {
  const auto k = static_cast<double>(treatments);
  const auto q =
      std::abs(rank_difference) / std::sqrt(k * (k + 1.0) / (6.0 * static_cast<double>(blocks))) * std::numbers::sqrt2;
  // P(range of k standard normal variables <= q). The trapezoidal rule is exact to rounding here, since the integrand
  // is smooth and vanishes at both ends.
  constexpr double step = 0.01;
  double below = 0.0;
  for (double z = -8.0; z <= 8.0 + q; z += step) {
    const auto density = std::exp(-0.5 * z * z) / std::sqrt(2.0 * std::numbers::pi);
    below += step * k * density * std::pow(normal_cdf(z) - normal_cdf(z - q), k - 1.0);
  }
  return std::clamp(1.0 - below, 0.0, 1.0);
}

double kendall(const std::vector<double>& x, const std::vector<double>& y) {
  const auto sign = [](double value) { return static_cast<double>((value > 0.0) - (value < 0.0)); };
  double agreement = 0.0;
  double pairs_x = 0.0;
  double pairs_y = 0.0;
  for (std::size_t i = 0; i < x.size(); ++i) {
    for (std::size_t j = i + 1; j < x.size(); ++j) {
      const auto dx = sign(x[i] - x[j]);
      const auto dy = sign(y[i] - y[j]);
      agreement += dx * dy;
      pairs_x += dx * dx;
      pairs_y += dy * dy;
    }
  }
  return pairs_x > 0.0 && pairs_y > 0.0 ? agreement / std::sqrt(pairs_x * pairs_y) : nan;
}

}  // namespace sightline::statistics
