#pragma once

#include <cstdint>
#include <string_view>

namespace sightline::base {

/// A counter-based stream of random numbers: the value at an index is a pure function of (name, seed, index), so no
/// result depends on ranks, batches or the order of work. FNV-1a-64 of the name XOR seed keys a splitmix64 sequence.
class NumberStream {
 public:
  NumberStream(std::string_view name, std::uint64_t seed);

  /// 64 random bits.
  std::uint64_t bits(std::uint64_t index) const;
  /// In [0, 1), a multiple of 2^-24: exact in float32.
  double uniform(std::uint64_t index) const;
  /// Standard normal by Box-Muller, from the bits at 2 index and 2 index + 1.
  double normal(std::uint64_t index) const;
  /// An integer in [0, bound); bound > 0. The bias is below bound / 2^64.
  std::uint64_t below(std::uint64_t bound, std::uint64_t index) const;

 private:
  std::uint64_t key_;
};

}  // namespace sightline::base
