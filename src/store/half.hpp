#pragma once

#include <span>
#include <vector>

#include "store/hdf5.hpp"

namespace sightline::store {

/// A map of float16 numbers with a common scale.
struct ScaledHalves {
  std::vector<Half> numbers;  ///< value i is numbers[i] * scale
  float scale = 1.0F;         ///< a power of two
};

/// Converts a map to float16. Values are rounded to the nearest representable number; the error is at most 2^-11 of the
/// value or 2^-39 of the map's largest absolute value after rounding, whichever is larger. NaN and infinities are kept.
ScaledHalves to_halves(std::span<const float> values);

/// The values of a converted map as float32.
std::vector<float> from_halves(const ScaledHalves& halves);

}  // namespace sightline::store
