#include "comparison/pixel_products.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>
#include <cstdint>

// Loops that the compiler turns into vector instructions, built once for each kind of processor.

namespace sightline::comparison {
namespace {

constexpr std::size_t block = 4096;  ///< pixels that are read at a time
constexpr std::size_t tile = 4;      ///< maps on either side whose products are computed together

/// A block of pixels of all maps after clipping: `block` numbers per map, padded with zeros after the last pixel. The
/// number of maps is padded with zeros to a multiple of `tile`.
using Block = std::vector<float>;

template <std::size_t bytes>
using Lanes [[gnu::vector_size(bytes)]] = float;

/// Clips `count` values and drops their signs as PixelMap::at does, into `out`. Returns the bit pattern of the largest
/// magnitude: the patterns of floats that are not negative are in the order of the floats, and the compiler vectorises
/// a maximum of integers.
[[gnu::always_inline]] inline std::int32_t read(const float* values, std::size_t count, const PixelMap& map,
                                                float* out) {
  const float low = map.low;
  const float high = map.high;
  const std::int32_t mask = map.absolute ? 0x7FFFFFFF : -1;
  std::int32_t largest = 0;
  for (std::size_t i = 0; i < count; ++i) {
    const float from_below = values[i] < low ? low : values[i];
    const float clipped = from_below > high ? high : from_below;
    const auto bits = std::bit_cast<std::int32_t>(clipped);
    out[i] = std::bit_cast<float>(bits & mask);
    largest = std::max(largest, bits & 0x7FFFFFFF);
  }
  return largest;
}

/// Adds the inner products of four maps with four maps over one block to `sums`, at (row, column). a, b: the first
/// number of the first of four consecutive maps in the block.
template <std::size_t bytes>
[[gnu::always_inline]] inline void add_tile(const float* a, const float* b, Eigen::MatrixXd& sums, std::size_t row,
                                            std::size_t column) {
  constexpr std::size_t width = bytes / sizeof(float);
  std::array<Lanes<bytes>, tile * tile> partial{};
  for (std::size_t i = 0; i < block; i += width) {
    std::array<Lanes<bytes>, tile> right;
    for (std::size_t k = 0; k < tile; ++k) {
      __builtin_memcpy(&right[k], b + k * block + i, bytes);
    }
    for (std::size_t k = 0; k < tile; ++k) {
      Lanes<bytes> left;
      __builtin_memcpy(&left, a + k * block + i, bytes);
      for (std::size_t l = 0; l < tile; ++l) {
        partial[k * tile + l] += left * right[l];
      }
    }
  }
  for (std::size_t k = 0; k < tile * tile; ++k) {
    std::array<float, width> lanes;
    __builtin_memcpy(lanes.data(), &partial[k], bytes);
    for (std::size_t half = width / 2; half > 0; half /= 2) {
      for (std::size_t lane = 0; lane < half; ++lane) {
        lanes[lane] += lanes[lane + half];
      }
    }
    sums(static_cast<Eigen::Index>(row + k / tile), static_cast<Eigen::Index>(column + k % tile)) += double{lanes[0]};
  }
}

/// Reads `count` pixels of all maps, from pixel `first` on. Adds their products to the lower triangle of `sums` and
/// updates `largest`, the bit patterns of the largest magnitudes. numbers: the buffer for the block.
template <std::size_t bytes>
[[gnu::always_inline]] inline void add_block(const std::vector<std::optional<PixelMap>>& maps, std::size_t first,
                                             std::size_t count, Block& numbers, Eigen::MatrixXd& sums,
                                             std::vector<std::int32_t>& largest) {
  for (std::size_t m = 0; m < maps.size(); ++m) {
    if (maps[m]) {
      auto* to = numbers.data() + m * block;
      largest[m] = std::max(largest[m], read(maps[m]->values.data() + first, count, *maps[m], to));
      std::fill(to + count, to + block, 0.0F);
    }
  }
  for (std::size_t a = 0; a < maps.size(); a += tile) {
    for (std::size_t b = 0; b <= a; b += tile) {
      add_tile<bytes>(numbers.data() + a * block, numbers.data() + b * block, sums, a, b);
    }
  }
}

using AddBlock = void (*)(const std::vector<std::optional<PixelMap>>& maps, std::size_t first, std::size_t count,
                          Block& numbers, Eigen::MatrixXd& sums, std::vector<std::int32_t>& largest);

void plain(const std::vector<std::optional<PixelMap>>& maps, std::size_t first, std::size_t count, Block& numbers,
           Eigen::MatrixXd& sums, std::vector<std::int32_t>& largest) {
  add_block<16>(maps, first, count, numbers, sums, largest);
}

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void avx2(const std::vector<std::optional<PixelMap>>& maps, std::size_t first,
                                      std::size_t count, Block& numbers, Eigen::MatrixXd& sums,
                                      std::vector<std::int32_t>& largest) {
  add_block<32>(maps, first, count, numbers, sums, largest);
}
[[gnu::target("avx512f,avx512bw,avx512vl,avx512dq,fma")]] void avx512(const std::vector<std::optional<PixelMap>>& maps,
                                                                      std::size_t first, std::size_t count,
                                                                      Block& numbers, Eigen::MatrixXd& sums,
                                                                      std::vector<std::int32_t>& largest) {
  add_block<64>(maps, first, count, numbers, sums, largest);
}
AddBlock best() {
  return __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") ? avx512
         : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")        ? avx2
                                                                                  : plain;
}
#else
AddBlock best() {
  return plain;
}
#endif

}  // namespace

float PixelMap::at(std::size_t pixel) const {
  const float clipped = std::min(std::max(values[pixel], low), high);
  return absolute ? std::abs(clipped) : clipped;
}

std::vector<float> PixelMap::undivided() const {
  std::vector<float> read(values.size());
  for (std::size_t pixel = 0; pixel < read.size(); ++pixel) {
    read[pixel] = at(pixel);
  }
  return read;
}

PixelProducts pixel_products(const std::vector<std::optional<PixelMap>>& maps) {
  static const AddBlock add = best();
  const auto padded = (maps.size() + tile - 1) / tile * tile;
  const auto side = static_cast<Eigen::Index>(maps.size());
  Eigen::MatrixXd sums = Eigen::MatrixXd::Zero(static_cast<Eigen::Index>(padded), static_cast<Eigen::Index>(padded));
  std::vector<std::int32_t> largest(maps.size());
  Block numbers(padded * block);
  const auto any = std::find_if(maps.begin(), maps.end(), [](const auto& map) { return map.has_value(); });
  const std::size_t pixels = any == maps.end() ? 0 : (*any)->values.size();
  for (std::size_t first = 0; first < pixels; first += block) {
    add(maps, first, std::min(block, pixels - first), numbers, sums, largest);
  }
  PixelProducts result{sums.topLeftCorner(side, side), {}};
  Eigen::VectorXd scale = Eigen::VectorXd::Ones(side);
  for (std::size_t m = 0; m < maps.size(); ++m) {
    result.largest.push_back(double{std::bit_cast<float>(largest[m])});
    if (maps[m] && maps[m]->normalised && largest[m] != 0) {
      scale[static_cast<Eigen::Index>(m)] = 1.0 / result.largest[m];
    }
  }
  result.products = scale.asDiagonal() * result.products * scale.asDiagonal();
  result.products.triangularView<Eigen::StrictlyUpper>() = result.products.transpose();
  return result;
}

}  // namespace sightline::comparison
