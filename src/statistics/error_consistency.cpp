#include "statistics/error_consistency.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <numbers>

#include <boost/math/special_functions/erf.hpp>

#include "base/nan.hpp"

namespace sightline::statistics {
namespace {

/// The standard error of kappa; p: shares of images by (first wrong or right, second wrong or right).
double standard_error(const std::array<std::array<double, 2>, 2>& p, double observed, double expected, double images) {
  const std::array<double, 2> first = {p[0][0] + p[0][1], p[1][0] + p[1][1]};
  const std::array<double, 2> second = {p[0][0] + p[1][0], p[0][1] + p[1][1]};
  double equal = 0.0;
  double different = 0.0;
  for (std::size_t i = 0; i < 2; ++i) {
    const auto other = 1 - i;
    equal += p[i][i] * std::pow((1.0 - expected) - (first[i] + second[i]) * (1.0 - observed), 2);
    different += p[i][other] * std::pow(second[i] + first[other], 2);
  }
  different *= std::pow(1.0 - observed, 2);
  const double bias = std::pow(observed * expected - 2.0 * expected + observed, 2);
  return std::sqrt(std::max(0.0, equal + different - bias) / images) / std::pow(1.0 - expected, 2);
}

}  // namespace

ErrorConsistency error_consistency(const RightAndWrong& counts, double confidence) {
  const auto images = static_cast<double>(counts.images());
  if (counts.images() == 0) {
    return {base::nan, base::nan, base::nan, base::nan, base::nan};
  }
  const auto share = [&](std::int64_t count) { return static_cast<double>(count) / images; };
  ErrorConsistency result;
  result.observed = share(counts.both_right + counts.both_wrong);
  const double first = share(counts.both_right + counts.first_only);
  const double second = share(counts.both_right + counts.second_only);
  result.expected = first * second + (1.0 - first) * (1.0 - second);
  const auto says_nothing = [](double accuracy) { return accuracy <= 0.0 || accuracy >= 1.0; };
  if (says_nothing(first) || says_nothing(second)) {
    result.kappa = result.low = result.high = base::nan;
    return result;
  }
  result.kappa = (result.observed - result.expected) / (1.0 - result.expected);
  const double z = std::numbers::sqrt2 * boost::math::erf_inv(confidence);
  const double error = standard_error(
      {{{share(counts.both_wrong), share(counts.second_only)}, {share(counts.first_only), share(counts.both_right)}}},
      result.observed, result.expected, images);
  result.low = result.kappa - z * error;
  result.high = result.kappa + z * error;
  return result;
}

}  // namespace sightline::statistics
