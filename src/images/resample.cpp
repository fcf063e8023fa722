#include "images/resample.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

namespace sightline::images {
namespace {

constexpr int fraction_bits = 32 - 8 - 2;

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

Image resize_horizontally(const Image& image, int width, Interpolation interpolation) {
  const auto kernel = make_kernel(image.width, width, interpolation);
  Image result{width, image.height, std::vector<std::uint8_t>(std::size_t{3} * width * image.height)};
  std::uint8_t* out = result.rgb.data();
  for (int y = 0; y < image.height; ++y) {
    const std::uint8_t* row = image.rgb.data() + std::size_t{3} * y * image.width;
    for (int x = 0; x < width; ++x, out += 3) {
      const int* weights = &kernel.weights[static_cast<std::size_t>(x) * kernel.taps];
      const std::uint8_t* in = row + std::size_t{3} * kernel.first[x];
      int sum[3] = {1 << (fraction_bits - 1), 1 << (fraction_bits - 1), 1 << (fraction_bits - 1)};
      for (int i = 0; i < kernel.count[x]; ++i, in += 3) {
        sum[0] += in[0] * weights[i];
        sum[1] += in[1] * weights[i];
        sum[2] += in[2] * weights[i];
      }
      out[0] = to_byte(sum[0]);
      out[1] = to_byte(sum[1]);
      out[2] = to_byte(sum[2]);
    }
  }
  return result;
}

Image resize_vertically(const Image& image, int height, Interpolation interpolation) {
  const auto kernel = make_kernel(image.height, height, interpolation);
  const std::size_t stride = std::size_t{3} * image.width;
  Image result{image.width, height, std::vector<std::uint8_t>(stride * height)};
  std::vector<int> sums(stride);
  for (int y = 0; y < height; ++y) {
    std::fill(sums.begin(), sums.end(), 1 << (fraction_bits - 1));
    const int* weights = &kernel.weights[static_cast<std::size_t>(y) * kernel.taps];
    for (int i = 0; i < kernel.count[y]; ++i) {
      const std::uint8_t* in = image.rgb.data() + stride * static_cast<std::size_t>(kernel.first[y] + i);
      for (std::size_t x = 0; x < stride; ++x) {
        sums[x] += in[x] * weights[i];
      }
    }
    std::transform(sums.begin(), sums.end(), result.rgb.begin() + static_cast<std::ptrdiff_t>(stride * y), &to_byte);
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
