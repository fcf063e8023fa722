#include "store/half.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include <Eigen/Core>

namespace sightline::store {
namespace {

/// The power of two that scales the largest finite absolute value, after rounding, to [2^14, 2^15). The largest float16
/// is 65504. Values that have been rounded before get the same scale again, so that a copied record has the same bits.
float scale_of(std::span<const float> values) {
  float largest = 0.0F;
  for (const float value : values) {
    if (std::isfinite(value)) {
      largest = std::max(largest, std::abs(value));
    }
  }
  if (largest == 0.0F) {
    return 1.0F;
  }
  constexpr int least = std::numeric_limits<float>::min_exponent - 1;
  const float scale = std::ldexp(1.0F, std::max(std::ilogb(largest) - 14, least));
  const bool rounds_up = static_cast<float>(Eigen::half(largest / scale)) == 32768.0F;
  return rounds_up ? 2.0F * scale : scale;
}

}  // namespace

ScaledHalves to_halves(std::span<const float> values) {
  ScaledHalves halves{{}, scale_of(values)};
  halves.numbers.reserve(values.size());
  for (const float value : values) {
    halves.numbers.push_back({std::bit_cast<std::uint16_t>(Eigen::half(value / halves.scale))});
  }
  return halves;
}

std::vector<float> from_halves(const ScaledHalves& halves) {
  std::vector<float> values;
  values.reserve(halves.numbers.size());
  for (const auto number : halves.numbers) {
    values.push_back(static_cast<float>(std::bit_cast<Eigen::half>(number.bits)) * halves.scale);
  }
  return values;
}

}  // namespace sightline::store
