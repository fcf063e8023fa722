#include "base/exact_sum.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"

namespace sightline::base {

void ExactSum::add(double term) {
  if (!std::isfinite(term) || std::abs(term) >= 0x1p40) {
    throw fault("a sum was given the value {}, which is not a finite number below 2^40", term);
  }
  // Whole and fractional part separately: both scale exactly. Only the fraction is rounded: that of a negative term by
  // the subtraction, to a multiple of 2^-53, and that of another term by nearbyint.
  const double whole = std::floor(term);
  const double fraction = term - whole;
  value_ += static_cast<Fixed>(static_cast<std::int64_t>(whole)) << 64;
  value_ += static_cast<Fixed>(std::nearbyint(std::ldexp(fraction, 64)));
}

long double ExactSum::long_value() const {
  return std::ldexp(static_cast<long double>(static_cast<std::int64_t>(value_ >> 64)), 0) +
         std::ldexp(static_cast<long double>(static_cast<std::uint64_t>(value_)), -64);
}

double ExactSum::value() const {
  return static_cast<double>(long_value());
}

std::array<std::uint64_t, 2> ExactSum::words() const {
  return {static_cast<std::uint64_t>(value_ >> 64), static_cast<std::uint64_t>(value_)};
}

ExactSum ExactSum::from_words(std::array<std::uint64_t, 2> words) {
  ExactSum sum;
  __extension__ using Bits = unsigned __int128;
  sum.value_ = static_cast<Fixed>((static_cast<Bits>(words[0]) << 64) | words[1]);
  return sum;
}

Moments moments(const ExactSum& sum, const ExactSum& sum_of_squares, std::int64_t count) {
  if (count == 0) {
    return {};
  }
  const long double mean = sum.long_value() / static_cast<long double>(count);
  if (count == 1) {
    return {static_cast<double>(mean), 0.0};
  }
  const long double scatter = sum_of_squares.long_value() - mean * sum.long_value();
  const long double variance = std::max(0.0L, scatter / static_cast<long double>(count - 1));
  return {static_cast<double>(mean), static_cast<double>(std::sqrt(variance))};
}

}  // namespace sightline::base
