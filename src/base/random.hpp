#pragma once

#include <cstdint>
#include <string_view>
#include <utility>

namespace sightline::base {

/// A counter-based random number generator: the number at an index is a pure function of name, seed and index, so that
/// results depend neither on ranks and batches nor on the order of the work. The sequence is splitmix64, started at the
/// 64-bit FNV-1a hash of the name XOR the seed.
class NumberStream {
 public:
  NumberStream(std::string_view name, std::uint64_t seed);

  /// 64 random bits: the number of the splitmix64 sequence at this index.
  std::uint64_t bits(std::uint64_t index) const {
    std::uint64_t z = key_ + (index + 1) * 0x9E3779B97F4A7C15ULL;
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
    z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
    return z ^ (z >> 31);
  }
  /// A uniform number in [0, 1), a multiple of 2^-24 and therefore exact in float32.
  double uniform(std::uint64_t index) const;
  /// Two uniform numbers, the first in (0, 1] and the second in [0, 1), from the bits at 2 * index and 2 * index + 1.
  std::pair<double, double> uniform_pair(std::uint64_t index) const {
    return {(static_cast<double>(bits(2 * index) >> 11) + 0.5) * 0x1p-53,
            static_cast<double>(bits(2 * index + 1) >> 11) * 0x1p-53};
  }
  /// A standard normal number by the Box-Muller transform: sqrt(-2 log u1) cos(2 pi u2), where (u1, u2) is
  /// uniform_pair(index).
  double normal(std::uint64_t index) const;
  /// A uniform integer in [0, bound); bound > 0. The bias is below bound / 2^64.
  std::uint64_t below(std::uint64_t bound, std::uint64_t index) const;

 private:
  std::uint64_t key_;
};

}  // namespace sightline::base
