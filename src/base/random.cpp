#include "base/random.hpp"

#include <cmath>
#include <numbers>

#include "base/hash.hpp"

namespace sightline::base {

NumberStream::NumberStream(std::string_view name, std::uint64_t seed) : key_(fnv1a64(name) ^ seed) {}

double NumberStream::uniform(std::uint64_t index) const {
  return static_cast<double>(bits(index) >> 40) * 0x1p-24;
}

double NumberStream::normal(std::uint64_t index) const {
  const auto [u1, u2] = uniform_pair(index);
  return std::sqrt(-2.0 * std::log(u1)) * std::cos(2.0 * std::numbers::pi * u2);
}

std::uint64_t NumberStream::below(std::uint64_t bound, std::uint64_t index) const {
  __extension__ using Wide = unsigned __int128;
  return static_cast<std::uint64_t>((static_cast<Wide>(bits(index)) * bound) >> 64);
}

}  // namespace sightline::base
