#pragma once

#include <array>
#include <cstdint>

namespace sightline::base {

/// A sum of doubles in 128-bit fixed point with a resolution of 2^-64. Every term is rounded once to a multiple of
/// 2^-64 (negative terms that are not whole numbers: of 2^-53); the additions are exact. The result is therefore
/// bitwise identical for any order of the terms and any distribution over ranks. Terms must be finite and below 2^40 in
/// magnitude; 2^22 of the largest terms fit without overflow.
class ExactSum {
 public:
  /// Throws Error(fault) for a term that is not finite or too large.
  void add(double term);
  /// Adds another sum exactly.
  void add(const ExactSum& other) { value_ += other.value_; }

  /// The sum, rounded to double.
  double value() const;
  /// The sum, rounded to the 64-bit mantissa of an x87 long double, for differences of nearly equal sums.
  long double long_value() const;

  /// The high and the low 64 bits of the fixed-point number (two's complement), to be sent to other ranks.
  std::array<std::uint64_t, 2> words() const;
  /// The sum with these words.
  static ExactSum from_words(std::array<std::uint64_t, 2> words);

 private:
  __extension__ using Fixed = __int128;
  Fixed value_ = 0;
};

/// Mean and standard deviation of a sample.
struct Moments {
  double mean = 0.0;
  double deviation = 0.0;  ///< standard deviation, with n - 1 in the denominator
};

/// The moments of `count` values from the exact sums of the values and of their squares. For no value both are 0; for
/// one value the standard deviation is 0.
Moments moments(const ExactSum& sum, const ExactSum& sum_of_squares, std::int64_t count);

}  // namespace sightline::base
