#include "models/kernels/winograd_tiles.hpp"

namespace sightline::models::winograd {
namespace {

// The points of F(4, 3) are 0, +-p, +-q and infinity. With p^2 = 1/2 and q^2 = 2 the rounding error is half of that
// with the usual p = 1 and q = 2.
constexpr float p = 0.70710678118654752F;
constexpr float q = 1.41421356237309505F;

/// Three taps to the points. The value at each point is divided by the product of its distances to the other points.
inline void taps_at_points(const Lanes (&g)[3], Lanes (&at)[input_side]) {
  const Lanes even_p = (g[0] + 0.5F * g[2]) / -1.5F;
  const Lanes odd_p = p * g[1] / -1.5F;
  const Lanes even_q = (g[0] + 2.0F * g[2]) / 6.0F;
  const Lanes odd_q = q * g[1] / 6.0F;
  at[0] = g[0];
  at[1] = even_p + odd_p;
  at[2] = even_p - odd_p;
  at[3] = even_q + odd_q;
  at[4] = even_q - odd_q;
  at[5] = g[2];
}

/// Six pixels to the points.
inline void pixels_at_points(const Lanes (&d)[input_side], Lanes (&at)[input_side]) {
  const Lanes even_p = d[4] - 2.0F * d[2];
  const Lanes odd_p = p * (d[3] - 2.0F * d[1]);
  const Lanes even_q = d[4] - 0.5F * d[2];
  const Lanes odd_q = q * (d[3] - 0.5F * d[1]);
  at[0] = d[0] - 2.5F * d[2] + d[4];
  at[1] = even_p + odd_p;
  at[2] = even_p - odd_p;
  at[3] = even_q + odd_q;
  at[4] = even_q - odd_q;
  at[5] = d[1] - 2.5F * d[3] + d[5];
}

/// Products at the points to four results.
inline void results_from_points(const Lanes (&m)[input_side], Lanes (&y)[output_side]) {
  const Lanes even_p = m[1] + m[2];
  const Lanes odd_p = p * (m[1] - m[2]);
  const Lanes even_q = m[3] + m[4];
  const Lanes odd_q = q * (m[3] - m[4]);
  y[0] = m[0] + even_p + even_q;
  y[1] = odd_p + odd_q;
  y[2] = 0.5F * even_p + 2.0F * even_q;
  y[3] = 0.5F * odd_p + 2.0F * odd_q + m[5];
}

// The points of F(4, 2), for windows of stride 2, are +-a, +-b and infinity, with a = 1/2 and b = 3/2.
constexpr float a = 0.5F;
constexpr float b = 1.5F;
constexpr float a2 = a * a;
constexpr float b2 = b * b;

inline void taps_at_matrices(const Lanes (&g)[3], Lanes (&at)[strided::axis_matrices]) {
  constexpr float between = 2.0F * (a2 - b2);
  at[0] = (g[0] + a * g[2]) / (a * between);
  at[1] = (a * g[2] - g[0]) / (a * between);
  at[2] = (g[0] + b * g[2]) / (-b * between);
  at[3] = (b * g[2] - g[0]) / (-b * between);
  at[4] = g[2];
  at[5] = g[1];
}

/// Five pixels, which are `step` apart, to the points of the outer taps.
template <int step, std::size_t count>
[[gnu::always_inline]] inline void outer_at_points(const Lanes (&d)[count], Lanes (&at)[strided::axis_points]) {
  const Lanes even_a = d[2 * step] - b2 * d[0];
  const Lanes odd_a = d[3 * step] - b2 * d[step];
  const Lanes even_b = d[2 * step] - a2 * d[0];
  const Lanes odd_b = d[3 * step] - a2 * d[step];
  at[0] = odd_a + a * even_a;
  at[1] = odd_a - a * even_a;
  at[2] = odd_b + b * even_b;
  at[3] = odd_b - b * even_b;
  at[4] = a2 * b2 * d[0] - (a2 + b2) * d[2 * step] + d[4 * step];
}

inline void down_at_points(const Lanes (&d)[strided::down_input_side], Lanes (&at)[strided::axis_points]) {
  outer_at_points<2>(d, at);
  for (std::int64_t k = 0; k < output_side; ++k) {
    at[strided::outer_points + k] = d[2 * k + 1];
  }
}

inline void up_at_points(const Lanes (&d)[strided::up_input_side], Lanes (&at)[strided::axis_points]) {
  outer_at_points<1>(d, at);
  for (std::int64_t k = 0; k < output_side; ++k) {
    at[strided::outer_points + k] = d[k];
  }
}

inline void outer_from_points(const Lanes (&m)[strided::axis_points], Lanes (&y)[output_side]) {
  const Lanes even_a = m[0] + m[1];
  const Lanes odd_a = a * (m[0] - m[1]);
  const Lanes even_b = m[2] + m[3];
  const Lanes odd_b = b * (m[2] - m[3]);
  y[0] = even_a + even_b;
  y[1] = odd_a + odd_b;
  y[2] = a2 * even_a + b2 * even_b;
  y[3] = a2 * odd_a + b2 * odd_b + m[4];
}

inline void halved_from_points(const Lanes (&m)[strided::axis_points], Lanes (&y)[output_side]) {
  outer_from_points(m, y);
  for (std::int64_t k = 0; k < output_side; ++k) {
    y[k] += m[strided::outer_points + k];
  }
}

inline void doubled_from_points(const Lanes (&m)[strided::axis_points], Lanes (&y)[strided::up_output_side]) {
  Lanes outer[output_side];
  outer_from_points(m, outer);
  for (std::int64_t k = 0; k < output_side; ++k) {
    y[2 * k] = m[strided::outer_points + k];
    y[2 * k + 1] = outer[k];
  }
}

/// Applies the transformation `one_axis` to every column of a square and then to every row. read(row, column, value)
/// loads an element; write(row, column, value) stores a result.
template <std::int64_t from, std::int64_t to, typename OneAxis, typename Read, typename Write>
[[gnu::always_inline]] inline void along_both_axes(const OneAxis& one_axis, const Read& read, const Write& write) {
  Lanes half[to][from];
  for (std::int64_t column = 0; column < from; ++column) {
    Lanes in[from];
    Lanes out[to];
    for (std::int64_t row = 0; row < from; ++row) {
      read(row, column, in[row]);
    }
    one_axis(in, out);
    for (std::int64_t row = 0; row < to; ++row) {
      half[row][column] = out[row];
    }
  }
  for (std::int64_t row = 0; row < to; ++row) {
    Lanes out[to];
    one_axis(half[row], out);
    for (std::int64_t column = 0; column < to; ++column) {
      write(row, column, out[column]);
    }
  }
}

inline void apply_epilogue_and_store(const Lanes& sum, const Lanes& bias, const Epilogue& epilogue, float* to) {
  Lanes value = sum + bias;
  if (epilogue.accumulate) {
    Lanes previous;
    load(to, previous);
    value += previous;
  }
  if (epilogue.relu) {
    value = value < 0.0F ? Lanes{} : value;  // NaN remains NaN
  }
  store(value, to);
}

inline void load_bias(const Epilogue& epilogue, std::int64_t channel, Lanes& bias) {
  bias = Lanes{};
  if (epilogue.bias != nullptr) {
    load(epilogue.bias + channel, bias);
  }
}

/// Transforms pixels to points for all channels. advance: the distance to the next tile in pixels, for prefetching.
template <std::int64_t from, std::int64_t to_side, std::int64_t advance, typename OneAxis, typename From>
[[gnu::always_inline]] inline void to_points(const OneAxis& one_axis, const From& pixels, std::int64_t channels,
                                             float* to) {
  for (std::int64_t c = 0; c < channels; c += lanes) {
    along_both_axes<from, to_side>(
        one_axis,
        [&](std::int64_t row, std::int64_t column, Lanes& value) {
          const float* pixel = pixels[static_cast<std::size_t>(row * from + column)] + c;
          if (column >= from - advance) {
            __builtin_prefetch(pixel + advance * channels);  // a pixel that only the next tile needs
          }
          load(pixel, value);
        },
        [&](std::int64_t row, std::int64_t column, const Lanes& at) {
          store(at, to + (row * to_side + column) * channels + c);
        });
  }
}

/// Transforms products at the points to results for all channels.
template <std::int64_t from_side, std::int64_t to_side, typename OneAxis, typename To>
[[gnu::always_inline]] inline void to_results(const OneAxis& one_axis, const float* from, std::int64_t channels,
                                              const Epilogue& epilogue, const To& to) {
  for (std::int64_t c = 0; c < channels; c += lanes) {
    Lanes bias;
    load_bias(epilogue, c, bias);
    along_both_axes<from_side, to_side>(
        one_axis,
        [&](std::int64_t row, std::int64_t column, Lanes& product) {
          load(from + (row * from_side + column) * channels + c, product);
        },
        [&](std::int64_t row, std::int64_t column, const Lanes& sum) {
          float* pixel = to[static_cast<std::size_t>(row * to_side + column)] + c;
          __builtin_prefetch(pixel + to_side * channels, 1);  // the result of the next tile
          apply_epilogue_and_store(sum, bias, epilogue, pixel);
        });
  }
}

/// Transforms a filter's taps to its matrices.
template <std::int64_t to_side, typename OneAxis>
[[gnu::always_inline]] inline void to_filter(const OneAxis& one_axis, const float* taps, std::int64_t tap_stride,
                                             std::int64_t channels, float* to, std::int64_t stride) {
  for (std::int64_t c = 0; c < channels; c += lanes) {
    along_both_axes<3, to_side>(
        one_axis,
        [&](std::int64_t row, std::int64_t column, Lanes& tap) {
          load(taps + (row * 3 + column) * tap_stride + c, tap);
        },
        [&](std::int64_t row, std::int64_t column, const Lanes& at) {
          store(at, to + (row * to_side + column) * stride + c);
        });
  }
}

}  // namespace

SIGHTLINE_VECTORS void taps_to_points(const float* taps, std::int64_t tap_stride, std::int64_t channels, float* to,
                                      std::int64_t point_stride) {
  to_filter<input_side>(taps_at_points, taps, tap_stride, channels, to, point_stride);
}

SIGHTLINE_VECTORS void pixels_to_points(const Pixels& pixels, std::int64_t channels, float* to) {
  to_points<input_side, input_side, output_side>(pixels_at_points, pixels, channels, to);
}

SIGHTLINE_VECTORS void points_to_results(const float* from, std::int64_t channels, const Epilogue& epilogue,
                                         const Results& to) {
  to_results<input_side, output_side>(results_from_points, from, channels, epilogue, to);
}

SIGHTLINE_VECTORS void sum_to_result(const float* sum, std::int64_t channels, const Epilogue& epilogue, float* to) {
  for (std::int64_t c = 0; c < channels; c += lanes) {
    Lanes value;
    Lanes bias;
    load(sum + c, value);
    load_bias(epilogue, c, bias);
    apply_epilogue_and_store(value, bias, epilogue, to + c);
  }
}

namespace strided {

SIGHTLINE_VECTORS void taps_to_matrices(const float* taps, std::int64_t tap_stride, std::int64_t channels, float* to,
                                        std::int64_t matrix_stride) {
  to_filter<axis_matrices>(taps_at_matrices, taps, tap_stride, channels, to, matrix_stride);
}

SIGHTLINE_VECTORS void down_to_points(const Pixels<down_input_side>& pixels, std::int64_t channels, float* to) {
  to_points<down_input_side, axis_points, 2 * output_side>(down_at_points, pixels, channels, to);
}

SIGHTLINE_VECTORS void up_to_points(const Pixels<up_input_side>& pixels, std::int64_t channels, float* to) {
  to_points<up_input_side, axis_points, output_side>(up_at_points, pixels, channels, to);
}

SIGHTLINE_VECTORS void points_to_halved(const float* from, std::int64_t channels, const Epilogue& epilogue,
                                        const Results<output_side>& to) {
  to_results<axis_points, output_side>(halved_from_points, from, channels, epilogue, to);
}

SIGHTLINE_VECTORS void points_to_doubled(const float* from, std::int64_t channels, const Epilogue& epilogue,
                                         const Results<up_output_side>& to) {
  to_results<axis_points, up_output_side>(doubled_from_points, from, channels, epilogue, to);
}

}  // namespace strided

}  // namespace sightline::models::winograd
