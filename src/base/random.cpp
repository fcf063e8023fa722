#include "base/random.hpp"

#include <cmath>
#include <numbers>

#include "base/hash.hpp"

namespace sightline::base {

NumberStream::NumberStream(std::string_view name, std::uint64_t seed) : key_(fnv1a64(name) ^ seed) {}

std::uint64_t NumberStream::bits(std::uint64_t index) const {
  std::uint64_t z = key_ + (index + 1) * 0x9E3779B97F4A7C15ULL;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

double NumberStream::uniform(std::uint64_t index) const {
  return static_cast<double>(bits(index) >> 40) * 0x1p-24;
}

double NumberStream::normal(std::uint64_t index) const {
  const double u1 = (static_cast<double>(bits(2 * index) >> 11) + 0.5) * 0x1p-53;
  const double u2 = static_cast<double>(bits(2 * index + 1) >> 11) * 0x1p-53;
  return std::sqrt(-2.0 * std::log(u1)) * std::cos(2.0 * std::numbers::pi * u2);
}

std::uint64_t NumberStream::below(std::uint64_t bound, std::uint64_t index) const {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(bits(index)) * bound) >> 64);
}

}  // namespace sightline::base
