#pragma once

#include <algorithm>
#include <cmath>
#include <vector>

namespace sightline::tests {

/// Kolmogorov and Smirnov's distance of sorted p values from the uniform distribution.
inline double distance_to_uniform(const std::vector<double>& sorted) {
  double furthest = 0.0;
  for (std::size_t i = 0; i < sorted.size(); ++i) {
    furthest =
        std::max(furthest, std::abs(sorted[i] - static_cast<double>(i + 1) / static_cast<double>(sorted.size())));
  }
  return furthest;
}

/// The distance that one in a hundred samples of so many uniform numbers exceeds.
inline double rare_distance(std::size_t count) {
  return 1.63 / std::sqrt(static_cast<double>(count));
}

}  // namespace sightline::tests
