#pragma once

#include <cmath>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "base/nan.hpp"
#include "comm/communicator.hpp"

namespace sightline::stages {

/// Numbers of magnitudes around 1 are summed as whole multiples of this, which makes sums exact: they do not depend on
/// the ranks.
inline constexpr double sum_unit = 0x1p-40;
inline std::int64_t to_units(double value) {
  return std::llround(value / sum_unit);
}
/// The mean of `count` numbers whose sum is `sum` units; NaN for none.
inline double mean_of_units(std::int64_t sum, std::int64_t count) {
  return count > 0 ? static_cast<double>(sum) * sum_unit / static_cast<double>(count) : base::nan;
}

/// Sums of similarities in `size` cells, and how many they are; NaN does not count.
struct Tally {
  std::vector<std::int64_t> sums;  ///< in units
  std::vector<std::int64_t> counts;

  explicit Tally(std::size_t size) : sums(size, 0), counts(size, 0) {}
  void add(std::size_t cell, float value) {
    if (!std::isnan(value)) {
      sums[cell] += to_units(static_cast<double>(value));
      ++counts[cell];
    }
  }
  /// The mean of a cell; NaN for an empty one.
  double at(std::size_t cell) const { return mean_of_units(sums[cell], counts[cell]); }
  /// The mean of `count` cells from `first` on, each with the weight of its values.
  double mean(std::size_t first, std::size_t count) const {
    std::int64_t sum = 0;
    std::int64_t values = 0;
    for (auto cell = first; cell < first + count; ++cell) {
      sum += sums[cell];
      values += counts[cell];
    }
    return mean_of_units(sum, values);
  }
  /// collective. Makes it the tally of all ranks, on the root.
  void reduce(const comm::Communicator& ranks) {
    sums = ranks.reduce(sums);
    counts = ranks.reduce(counts);
  }
};

}  // namespace sightline::stages
