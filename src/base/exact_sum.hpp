#pragma once

#include <array>
#include <cstdint>

namespace sightline::base {

/// A sum of doubles in 128-bit fixed point with a resolution of 2^-64: every term is rounded once to that grid, after
/// which addition is exact. The result is therefore the same bits for any order and any split over ranks. Terms must be
/// finite and below 2^40 in magnitude; up to 2^22 of the largest fit without overflow.
class ExactSum {
 public:
  /// Throws Error(fault) for a term that is not finite or too large.
  void add(double term);
  void add(const ExactSum& other) { value_ += other.value_; }

  double value() const;
  /// With the 64 bits of an x87 long double: for differences of nearly equal sums.
  long double long_value() const;

  /// For transport: high and low half, two's complement.
  std::array<std::uint64_t, 2> words() const;
  static ExactSum from_words(std::array<std::uint64_t, 2> words);

 private:
  __extension__ using Fixed = __int128;
  Fixed value_ = 0;
};

/// Mean and unbiased standard deviation (n - 1) from exact sums of x and x^2 over n values.
/// n = 0 gives {0, 0}; n = 1 gives a deviation of 0.
struct Moments {
  double mean = 0.0;
  double deviation = 0.0;
};
Moments moments(const ExactSum& sum, const ExactSum& sum_of_squares, std::int64_t count);

}  // namespace sightline::base
