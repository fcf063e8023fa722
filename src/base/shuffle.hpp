#pragma once

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/random.hpp"

namespace sightline::base {

/// Shuffles `values` by the Fisher-Yates algorithm; every order is equally likely. It uses the numbers at the indices 2
/// to values.size() of the stream.
template <typename T>
void shuffle(std::vector<T>& values, const NumberStream& stream) {
  for (std::size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1], values[stream.below(i, i)]);
  }
}

/// The same for a row of shuffles by one stream: it uses the numbers from `next` on, and moves `next` behind them.
template <typename T>
void shuffle(std::vector<T>& values, const NumberStream& stream, std::uint64_t& next) {
  for (std::size_t i = values.size(); i > 1; --i) {
    std::swap(values[i - 1], values[stream.below(i, next++)]);
  }
}

}  // namespace sightline::base
