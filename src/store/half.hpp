#pragma once

#include <span>
#include <vector>

#include "store/hdf5.hpp"

namespace sightline::store {

/// A map in half the room.
struct ScaledHalves {
  std::vector<Half> numbers;
  float scale = 1.0F;  ///< a power of two
};

/// Each value is numbers[i] * scale, rounded to nearest: off by at most 2^-11 of itself, or by 2^-40 of the map's
/// largest absolute value where that is more. NaN and infinities stay what they are.
ScaledHalves to_halves(std::span<const float> values);

std::vector<float> from_halves(const ScaledHalves& halves);

}  // namespace sightline::store
