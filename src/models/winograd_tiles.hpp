#pragma once

#include <array>
#include <cstdint>

#include "models/vectors.hpp"

/// Tiles of Winograd's F(4 x 4, 3 x 3): 4 x 4 results, the 6 x 6 pixels under them and the 36 points between. The work
/// of these functions is in loops over channels.
namespace sightline::models::winograd {

constexpr std::int64_t side = 4;   ///< of a tile of results
constexpr std::int64_t reach = 6;  ///< side of the pixels under it
constexpr std::int64_t results = side * side;
constexpr std::int64_t points = reach * reach;

/// Where the channels of a tile's pixels and results lie.
using Pixels = std::array<const float*, static_cast<std::size_t>(points)>;
using Results = std::array<float*, static_cast<std::size_t>(results)>;

/// Takes a filter's taps to the points, for `channels` pairs of channels that lie one after the other. Taps and points
/// are `tap_stride` and `point_stride` numbers apart.
void taps_to_points(const float* taps, std::int64_t tap_stride, std::int64_t channels, float* to,
                    std::int64_t point_stride);

/// Takes pixels to the points: `to` holds one point's channels after the other's.
void pixels_to_points(const Pixels& pixels, std::int64_t channels, float* to);

/// What becomes of a sum before it is a result.
struct Finish {
  const float* bias;  ///< nullptr: none
  bool onto;          ///< add what is there
  bool relu;
};

/// Takes products at the points (one point's channels after the other's) to the results.
void points_to_results(const float* from, std::int64_t channels, const Finish& finish, const Results& to);

/// The same for a sum that was made directly.
void sum_to_result(const float* sum, std::int64_t channels, const Finish& finish, float* to);

}  // namespace sightline::models::winograd
