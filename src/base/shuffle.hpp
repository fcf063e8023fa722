#pragma once

#include <cstddef>
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

}  // namespace sightline::base
