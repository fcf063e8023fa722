#pragma once

#include <array>
#include <cstdint>

#include "models/kernels/vectors.hpp"

/// The transformations of Winograd's F(4 x 4, 3 x 3) for one tile: 4 x 4 results depend on 6 x 6 pixels, and both are
/// transformed to and from values at 6 x 6 = 36 points, where the convolution is a product. All functions loop over
/// channels, whose number must be a multiple of `lanes`.
namespace sightline::models::winograd {

constexpr std::int64_t output_side = 4;                      ///< results per side of a tile
constexpr std::int64_t input_side = 6;                       ///< pixels per side that a tile depends on
constexpr std::int64_t results = output_side * output_side;  ///< results per tile
constexpr std::int64_t points = input_side * input_side;     ///< points per tile

/// Pointers to the first channel of each pixel and of each result of a tile, row by row.
using Pixels = std::array<const float*, static_cast<std::size_t>(points)>;
using Results = std::array<float*, static_cast<std::size_t>(results)>;

/// Transforms a filter's 3 x 3 taps to the points, for `channels` adjacent pairs of channels. Consecutive taps are
/// `tap_stride` numbers apart in memory, consecutive points `point_stride`.
void taps_to_points(const float* taps, std::int64_t tap_stride, std::int64_t channels, float* to,
                    std::int64_t point_stride);

/// Transforms a tile's pixels to the points. to: points x channels numbers.
void pixels_to_points(const Pixels& pixels, std::int64_t channels, float* to);

/// The epilogue of a convolution: bias, accumulate, ReLU.
struct Epilogue {
  const float* bias;  ///< one number per channel, or nullptr for none
  bool accumulate;    ///< whether the previous content of the result is added
  bool relu;          ///< whether negative results become 0
};

/// Transforms the products at the points (points x channels numbers) to the results, with the epilogue.
void points_to_results(const float* from, std::int64_t channels, const Epilogue& epilogue, const Results& to);

/// Applies the epilogue to a sum that was computed directly (channels numbers) and stores the result.
void sum_to_result(const float* sum, std::int64_t channels, const Epilogue& epilogue, float* to);

/// The same for 3 x 3 windows with stride 2. Along each axis such a convolution is the sum of two: every second pixel
/// is convolved with the outer two taps, by F(4, 2) at 5 points, and the pixels between them are multiplied by the
/// middle tap, which needs no transformation (4 further points). `down` is the convolution, which computes 4 x 4
/// results from 9 x 9 pixels; `up` is the transposed convolution, which computes 8 x 8 from 5 x 5, as gradients need
/// it.
namespace strided {

constexpr std::int64_t outer_points = 5;                          ///< points of the outer taps along an axis
constexpr std::int64_t axis_points = outer_points + output_side;  ///< points along an axis
constexpr std::int64_t points = axis_points * axis_points;        ///< points per tile
/// Matrices along an axis: one per point of the outer taps, and one that the points of the middle tap share.
constexpr std::int64_t axis_matrices = outer_points + 1;
constexpr std::int64_t matrices = axis_matrices * axis_matrices;  ///< transformed matrices of a filter

template <std::int64_t of_side>
using Pixels = std::array<const float*, static_cast<std::size_t>(of_side* of_side)>;
template <std::int64_t of_side>
using Results = std::array<float*, static_cast<std::size_t>(of_side* of_side)>;
constexpr std::int64_t down_input_side = 9;  ///< pixels per side that the 4 x 4 results of `down` depend on
constexpr std::int64_t up_input_side = 5;    ///< pixels per side that the 8 x 8 results of `up` depend on
constexpr std::int64_t up_output_side = 8;   ///< results per side of `up`

/// The index of the matrix that belongs to a point.
constexpr std::int64_t matrix(std::int64_t point) {
  const auto row = point / axis_points;
  const auto column = point % axis_points;
  return (row < outer_points ? row : outer_points) * axis_matrices + (column < outer_points ? column : outer_points);
}

/// Transforms a filter's 3 x 3 taps to its matrices, as taps_to_points does to points.
void taps_to_matrices(const float* taps, std::int64_t tap_stride, std::int64_t channels, float* to,
                      std::int64_t matrix_stride);
/// Transforms the pixels of `down` or `up` to the points. to: points x channels numbers.
void down_to_points(const Pixels<down_input_side>& pixels, std::int64_t channels, float* to);
void up_to_points(const Pixels<up_input_side>& pixels, std::int64_t channels, float* to);
/// Transforms the products at the points (points x channels numbers) to the results of `down` or `up`, with the
/// epilogue.
void points_to_halved(const float* from, std::int64_t channels, const Epilogue& epilogue,
                      const Results<output_side>& to);
void points_to_doubled(const float* from, std::int64_t channels, const Epilogue& epilogue,
                       const Results<up_output_side>& to);

}  // namespace strided

}  // namespace sightline::models::winograd
