#pragma once

#include <limits>

namespace sightline::base {

/// A value that is not defined, such as the score of a map that is constant.
inline constexpr double nan = std::numeric_limits<double>::quiet_NaN();

}  // namespace sightline::base
