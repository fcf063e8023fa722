#pragma once

#include <vector>

#include "base/random.hpp"

namespace sightline::tests {

/// Values of two pairs over `images`, the first pair's first: normal around 0.6 and 0.3, standard deviation 0.1.
inline std::vector<float> normal_pairs(std::size_t images) {
  const base::NumberStream stream("pairs", 2);
  std::vector<float> values(2 * images);
  for (std::size_t i = 0; i < values.size(); ++i) {
    values[i] = static_cast<float>((i < images ? 0.6 : 0.3) + 0.1 * stream.normal(i));
  }
  return values;
}

}  // namespace sightline::tests
