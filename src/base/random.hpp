#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

namespace sightline::base {

/// A counter-based stream of random numbers: the value at an index is a pure function of (name, seed, index), so no
/// result depends on ranks, batches or the order of work. FNV-1a-64 of the name XOR seed keys a splitmix64 sequence.
class NumberStream {
 public:
  NumberStream(std::string_view name, std::uint64_t seed);

  /// 64 random bits.
  std::uint64_t bits(std::uint64_t index) const {
    std::uint64_t z = key_ + (index + 1) * 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  /// In [0, 1), a multiple of 2^-24: exact in float32.
  double uniform(std::uint64_t index) const;
  /// Two uniform numbers in (0, 1) and [0, 1), from the bits at 2 index and 2 index + 1.
  std::pair<double, double> pair(std::uint64_t index) const {
    return {(static_cast<double>(bits(2 * index) >> 11) + 0.5) * 0x1p-53,
            static_cast<double>(bits(2 * index + 1) >> 11) * 0x1p-53};
  }
  /// Standard normal by Box-Muller: sqrt(-2 log u1) cos(2 pi u2) of the pair.
  double normal(std::uint64_t index) const;
  /// An integer in [0, bound); bound > 0. The bias is below bound / 2^64.
  std::uint64_t below(std::uint64_t bound, std::uint64_t index) const;

 private:
  std::uint64_t key_;
};

}  // namespace sightline::base
