#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/random.hpp"

namespace sightline::tests {

/// A map of rows x columns normal numbers (mean 0.3, standard deviation 1), row by row; another for each name.
inline std::vector<float> random_map(std::int64_t rows, std::int64_t columns, const std::string& name) {
  const base::NumberStream stream(name, 5);
  std::vector<float> map(static_cast<std::size_t>(rows * columns));
  for (std::size_t i = 0; i < map.size(); ++i) {
    map[i] = static_cast<float>(stream.normal(i) + 0.3);
  }
  return map;
}

/// The inner product of two maps of equal size, in double precision.
inline double inner_product(const std::vector<float>& a, const std::vector<float>& b) {
  double sum = 0.0;
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum += double{a[i]} * b[i];
  }
  return sum;
}

}  // namespace sightline::tests
