#include "models/winograd_tiles.hpp"

namespace sightline::models::winograd {
namespace {

// The points are 0, +-p, +-q and infinity; with p squared 1/2 and q squared 2 the error is half of that with the usual
// 1 and 2.
constexpr float p = 0.70710678118654752F;
constexpr float q = 1.41421356237309505F;

/// Three taps to the points, each divided by the product of its distances to the others.
inline void taps_at_points(const Lanes (&g)[3], Lanes (&at)[reach]) {
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
inline void pixels_at_points(const Lanes (&d)[reach], Lanes (&at)[reach]) {
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
inline void results_from_points(const Lanes (&m)[reach], Lanes (&y)[side]) {
  const Lanes even_p = m[1] + m[2];
  const Lanes odd_p = p * (m[1] - m[2]);
  const Lanes even_q = m[3] + m[4];
  const Lanes odd_q = q * (m[3] - m[4]);
  y[0] = m[0] + even_p + even_q;
  y[1] = odd_p + odd_q;
  y[2] = 0.5F * even_p + 2.0F * even_q;
  y[3] = 0.5F * odd_p + 2.0F * odd_q + m[5];
}

/// `one_axis` down every column and then along every row of a square: `read(row, column, lanes)` gives its elements,
/// `write(row, column, lanes)` takes the results.
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

inline void finish_and_store(const Lanes& sum, const Lanes& bias, const Finish& finish, float* to) {
  Lanes value = sum + bias;
  if (finish.onto) {
    Lanes there;
    load(to, there);
    value += there;
  }
  if (finish.relu) {
    value = value < 0.0F ? Lanes{} : value;  // NaN stays
  }
  store(value, to);
}

inline void load_bias(const Finish& finish, std::int64_t channel, Lanes& bias) {
  bias = Lanes{};
  if (finish.bias != nullptr) {
    load(finish.bias + channel, bias);
  }
}

}  // namespace

SIGHTLINE_VECTORS void taps_to_points(const float* taps, std::int64_t tap_stride, std::int64_t channels, float* to,
                                      std::int64_t point_stride) {
  for (std::int64_t c = 0; c < channels; c += lanes) {
    along_both_axes<3, reach>(
        taps_at_points,
        [&](std::int64_t row, std::int64_t column, Lanes& tap) {
          load(taps + (row * 3 + column) * tap_stride + c, tap);
        },
        [&](std::int64_t row, std::int64_t column, const Lanes& at) {
          store(at, to + (row * reach + column) * point_stride + c);
        });
  }
}

SIGHTLINE_VECTORS void pixels_to_points(const Pixels& pixels, std::int64_t channels, float* to) {
  for (std::int64_t c = 0; c < channels; c += lanes) {
    along_both_axes<reach, reach>(
        pixels_at_points,
        [&](std::int64_t row, std::int64_t column, Lanes& value) {
          const float* pixel = pixels[static_cast<std::size_t>(row * reach + column)] + c;
          if (column >= reach - side) {
            __builtin_prefetch(pixel + side * channels);  // new in the next tile
          }
          load(pixel, value);
        },
        [&](std::int64_t row, std::int64_t column, const Lanes& at) {
          store(at, to + (row * reach + column) * channels + c);
        });
  }
}

SIGHTLINE_VECTORS void points_to_results(const float* from, std::int64_t channels, const Finish& finish,
                                         const Results& to) {
  for (std::int64_t c = 0; c < channels; c += lanes) {
    Lanes bias;
    load_bias(finish, c, bias);
    along_both_axes<reach, side>(
        results_from_points,
        [&](std::int64_t row, std::int64_t column, Lanes& product) {
          load(from + (row * reach + column) * channels + c, product);
        },
        [&](std::int64_t row, std::int64_t column, const Lanes& sum) {
          float* pixel = to[static_cast<std::size_t>(row * side + column)] + c;
          __builtin_prefetch(pixel + side * channels, 1);  // the next tile's
          finish_and_store(sum, bias, finish, pixel);
        });
  }
}

SIGHTLINE_VECTORS void sum_to_result(const float* sum, std::int64_t channels, const Finish& finish, float* to) {
  for (std::int64_t c = 0; c < channels; c += lanes) {
    Lanes value;
    Lanes bias;
    load(sum + c, value);
    load_bias(finish, c, bias);
    finish_and_store(value, bias, finish, to + c);
  }
}

}  // namespace sightline::models::winograd
