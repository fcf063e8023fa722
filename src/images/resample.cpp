#include "images/resample.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>

namespace sightline::images {
namespace {

constexpr int fraction_bits = 32 - 8 - 2;
constexpr int half = 1 << (fraction_bits - 1);  ///< what a sum begins with, so that it is rounded

/// The triangle filter.
double bilinear(double x) {
  x = std::abs(x);
  return x < 1.0 ? 1.0 - x : 0.0;
}

/// The cubic convolution filter of Keys (1981) with a = -0.5.
double bicubic(double x) {
  constexpr double a = -0.5;
  x = std::abs(x);
  if (x < 1.0) {
    return ((a + 2.0) * x - (a + 3.0)) * x * x + 1.0;
  }
  return x < 2.0 ? (((x - 5.0) * x + 8.0) * x - 4.0) * a : 0.0;
}

/// The resampling weights along one axis: an output sample is the weighted sum of `count` consecutive input samples.
struct Kernel {
  int taps = 0;              ///< stride of `weights`: the largest number of weights per output sample
  std::vector<int> first;    ///< first input sample of each output sample
  std::vector<int> count;    ///< number of input samples of each output sample
  std::vector<int> weights;  ///< fixed point, output samples x taps
};

Kernel make_kernel(int in_size, int out_size, Interpolation interpolation) {
  const auto filter = interpolation == Interpolation::bilinear ? &bilinear : &bicubic;
  const double scale = static_cast<double>(in_size) / out_size;
  const double filter_scale = std::max(scale, 1.0);
  const double support = (interpolation == Interpolation::bilinear ? 1.0 : 2.0) * filter_scale;
  Kernel kernel;
  kernel.taps = static_cast<int>(std::ceil(support)) * 2 + 1;
  kernel.first.resize(static_cast<std::size_t>(out_size));
  kernel.count.resize(static_cast<std::size_t>(out_size));
  kernel.weights.resize(static_cast<std::size_t>(out_size) * static_cast<std::size_t>(kernel.taps));
  std::vector<double> exact(static_cast<std::size_t>(kernel.taps));
  for (int out = 0; out < out_size; ++out) {
    const double center = (out + 0.5) * scale;
    // Rounded by truncation after adding 0.5, as in Pillow.
    const int first = std::max(0, static_cast<int>(center - support + 0.5));  // NOLINT(bugprone-incorrect-roundings)
    const int count =
        std::min(in_size, static_cast<int>(center + support + 0.5)) - first;  // NOLINT(bugprone-incorrect-roundings)
    double total = 0.0;
    for (int i = 0; i < count; ++i) {
      exact[static_cast<std::size_t>(i)] = filter((i + first - center + 0.5) * (1.0 / filter_scale));
      total += exact[static_cast<std::size_t>(i)];
    }
    int* weights = &kernel.weights[static_cast<std::size_t>(out) * static_cast<std::size_t>(kernel.taps)];
    for (int i = 0; i < count; ++i) {
      const double weight =
          total != 0.0 ? exact[static_cast<std::size_t>(i)] / total : exact[static_cast<std::size_t>(i)];
      weights[i] = static_cast<int>((weight < 0.0 ? -0.5 : 0.5) + weight * (1 << fraction_bits));
    }
    kernel.first[static_cast<std::size_t>(out)] = first;
    kernel.count[static_cast<std::size_t>(out)] = count;
  }
  return kernel;
}

std::uint8_t to_byte(int fixed) {
  return static_cast<std::uint8_t>(std::clamp(fixed >> fraction_bits, 0, 255));
}

// The passes are compiled for AVX2 too; the processor decides at start. Sums of integers are the same in any order.
#define SIGHTLINE_RESAMPLING [[gnu::target_clones("avx2", "default")]]

/// Rows that are resampled together, column after column, so that the sums of a column fill whole vectors. A pixel has
/// four lanes, of which the last is not used.
constexpr std::size_t rows_at_once = 4;
constexpr std::size_t pixel_lanes = 4;
constexpr std::size_t column_lanes = rows_at_once * pixel_lanes;

/// Copies `rows` rows of pixels of three bytes to columns.
void gather_columns(const std::uint8_t* from, std::size_t width, std::size_t rows, std::uint8_t* to) {
  for (std::size_t y = 0; y < rows; ++y, from += 3 * width) {
    std::uint8_t* lanes = to + y * pixel_lanes;
    for (std::size_t x = 0; x + 1 < width; ++x) {
      std::memcpy(lanes + x * column_lanes, from + 3 * x, 4);  // one byte more than needed, which is one load
    }
    std::memcpy(lanes + (width - 1) * column_lanes, from + 3 * (width - 1), 3);
  }
}

/// Two pixels of a column.
using HalfColumn = int __attribute__((vector_size(32)));
constexpr std::size_t half_lanes = column_lanes / 2;

/// Resamples columns. `in_numbers` and `out_numbers` have room for as many numbers as there are bytes in `in` and
/// `out`.
SIGHTLINE_RESAMPLING void resample_columns(const std::vector<std::uint8_t>& in, const Kernel& kernel,
                                           std::vector<int>& in_numbers, std::vector<int>& out_numbers,
                                           std::vector<std::uint8_t>& out) {
  std::copy(in.begin(), in.end(), in_numbers.begin());
  for (std::size_t x = 0; x < kernel.first.size(); ++x) {
    const int* weights = &kernel.weights[x * static_cast<std::size_t>(kernel.taps)];
    const int* column = &in_numbers[static_cast<std::size_t>(kernel.first[x]) * column_lanes];
    HalfColumn upper = HalfColumn{} + half;
    HalfColumn lower = upper;
    for (int i = 0; i < kernel.count[x]; ++i, column += column_lanes) {
      HalfColumn upper_in;
      HalfColumn lower_in;
      std::memcpy(&upper_in, column, sizeof(HalfColumn));
      std::memcpy(&lower_in, column + half_lanes, sizeof(HalfColumn));
      upper += upper_in * weights[i];
      lower += lower_in * weights[i];
    }
    std::memcpy(&out_numbers[x * column_lanes], &upper, sizeof(HalfColumn));
    std::memcpy(&out_numbers[x * column_lanes + half_lanes], &lower, sizeof(HalfColumn));
  }
  std::transform(out_numbers.begin(), out_numbers.end(), out.begin(), &to_byte);
}

/// Copies `rows` rows from columns to pixels of three bytes.
void scatter_columns(const std::uint8_t* from, std::size_t width, std::size_t rows, std::uint8_t* to) {
  for (std::size_t y = 0; y < rows; ++y, to += 3 * width) {
    const std::uint8_t* lanes = from + y * pixel_lanes;
    for (std::size_t x = 0; x + 1 < width; ++x) {
      std::memcpy(to + 3 * x, lanes + x * column_lanes, 4);  // the next pixel overwrites the fourth byte
    }
    std::memcpy(to + 3 * (width - 1), lanes + (width - 1) * column_lanes, 3);
  }
}

Image resize_horizontally(const Image& image, int width, Interpolation interpolation) {
  const auto kernel = make_kernel(image.width, width, interpolation);
  Image result{width, image.height, std::vector<std::uint8_t>(std::size_t{3} * width * image.height)};
  const auto in_width = static_cast<std::size_t>(image.width);
  const auto out_width = static_cast<std::size_t>(width);
  const auto height = static_cast<std::size_t>(image.height);
  std::vector<std::uint8_t> in(in_width * column_lanes);
  std::vector<std::uint8_t> out(out_width * column_lanes);
  std::vector<int> in_numbers(in.size());
  std::vector<int> out_numbers(out.size());
  for (std::size_t y = 0; y < height; y += rows_at_once) {
    const auto rows = std::min(rows_at_once, height - y);
    gather_columns(image.rgb.data() + 3 * in_width * y, in_width, rows, in.data());
    resample_columns(in, kernel, in_numbers, out_numbers, out);
    scatter_columns(out.data(), out_width, rows, result.rgb.data() + 3 * out_width * y);
  }
  return result;
}

/// A row of bytes that is the sum of `count` rows, each `stride` bytes behind the one before, by their weights.
SIGHTLINE_RESAMPLING void sum_rows(const std::uint8_t* in, std::size_t stride, const int* weights, int count,
                                   std::uint8_t* out) {
  constexpr std::size_t block = 64;  // sums that stay in registers
  for (std::size_t begin = 0; begin < stride; begin += block) {
    const auto size = std::min(block, stride - begin);
    int sums[block];
    std::fill(sums, sums + block, half);
    for (int i = 0; i < count; ++i) {
      const std::uint8_t* row = in + stride * static_cast<std::size_t>(i) + begin;
      if (size == block) {
        for (std::size_t x = 0; x < block; ++x) {
          sums[x] += row[x] * weights[i];
        }
      } else {
        for (std::size_t x = 0; x < size; ++x) {
          sums[x] += row[x] * weights[i];
        }
      }
    }
    std::transform(sums, sums + size, out + begin, &to_byte);
  }
}

Image resize_vertically(const Image& image, int height, Interpolation interpolation) {
  const auto kernel = make_kernel(image.height, height, interpolation);
  const std::size_t stride = std::size_t{3} * image.width;
  Image result{image.width, height, std::vector<std::uint8_t>(stride * height)};
  for (int y = 0; y < height; ++y) {
    sum_rows(image.rgb.data() + stride * static_cast<std::size_t>(kernel.first[y]), stride,
             &kernel.weights[static_cast<std::size_t>(y) * kernel.taps], kernel.count[y], &result.rgb[stride * y]);
  }
  return result;
}

}  // namespace

Image resize(const Image& image, int width, int height, Interpolation interpolation) {
  const auto across = [&](const Image& from) {
    return from.width == width ? from : resize_horizontally(from, width, interpolation);
  };
  const auto down = [&](const Image& from) {
    return from.height == height ? from : resize_vertically(from, height, interpolation);
  };
  // Pillow's rule since version 13. Earlier versions always start with the horizontal pass.
  const int shrink = image.height - height;
  const bool vertical_first = shrink > 0 && shrink > 2 * (image.width - width);
  return vertical_first ? across(down(image)) : down(across(image));
}

Image crop(const Image& image, int left, int top, int width, int height) {
  Image result{width, height, std::vector<std::uint8_t>(std::size_t{3} * width * height)};
  for (int y = 0; y < height; ++y) {
    const std::uint8_t* from = image.rgb.data() + 3 * (static_cast<std::size_t>(top + y) * image.width + left);
    std::memcpy(result.rgb.data() + std::size_t{3} * y * width, from, std::size_t{3} * width);
  }
  return result;
}

}  // namespace sightline::images
