#pragma once

#include <array>
#include <cstdint>

#include "models/kernels/vectors.hpp"

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

/// Tiles of 3 x 3 windows of stride 2, which are two convolutions along each axis: of every second pixel with the outer
/// taps, by F(4, 2) from 5 points, and of those between with the middle tap, which are 4 points as they are. Going down
/// to half the size, 9 x 9 pixels give 4 x 4 results; going up, as gradients do, 5 x 5 give 8 x 8.
namespace strided {

constexpr std::int64_t outer_points = 5;
constexpr std::int64_t axis_points = outer_points + side;
constexpr std::int64_t points = axis_points * axis_points;
constexpr std::int64_t axis_matrices = outer_points + 1;  ///< different ones: the middle tap is the same at 4 points
constexpr std::int64_t matrices = axis_matrices * axis_matrices;

template <std::int64_t of_side>
using Pixels = std::array<const float*, static_cast<std::size_t>(of_side* of_side)>;
template <std::int64_t of_side>
using Results = std::array<float*, static_cast<std::size_t>(of_side* of_side)>;
constexpr std::int64_t wide = 9;     ///< side of the pixels under 4 x 4 results, down
constexpr std::int64_t narrow = 5;   ///< and under 8 x 8 results, up
constexpr std::int64_t doubled = 8;  ///< side of those

/// Which matrix belongs to a point.
constexpr std::int64_t matrix(std::int64_t point) {
  const auto row = point / axis_points;
  const auto column = point % axis_points;
  return (row < outer_points ? row : outer_points) * axis_matrices + (column < outer_points ? column : outer_points);
}

// As those above, for channels at a time: a filter's 3 x 3 taps to its matrices; 9 x 9 or 5 x 5 pixels to the points;
// the points to 4 x 4 results of stride 2, or to 8 x 8 of the transposed convolution.
void taps_to_matrices(const float* taps, std::int64_t tap_stride, std::int64_t channels, float* to,
                      std::int64_t matrix_stride);
void down_to_points(const Pixels<wide>& pixels, std::int64_t channels, float* to);
void up_to_points(const Pixels<narrow>& pixels, std::int64_t channels, float* to);
void points_to_halved(const float* from, std::int64_t channels, const Finish& finish, const Results<side>& to);
void points_to_doubled(const float* from, std::int64_t channels, const Finish& finish, const Results<doubled>& to);

}  // namespace strided

}  // namespace sightline::models::winograd
