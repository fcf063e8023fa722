#pragma once

#include <cstdint>
#include <cstring>

/// Marks a function whose loops are compiled for several instruction sets, of which the processor's is chosen when the
/// program starts. Only its own loops are: what it calls has to be inlined.
#if defined(__x86_64__)
#define SIGHTLINE_VECTORS __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define SIGHTLINE_VECTORS
#endif

namespace sightline::models {

constexpr std::int64_t lanes = 16;  ///< channels at a time, where their numbers are multiples of it

/// GCC's vector extension: arithmetic and comparisons lane by lane, in whatever registers there are.
using Lanes = float __attribute__((vector_size(sizeof(float) * lanes)));

inline void load(const float* from, Lanes& to) {
  std::memcpy(&to, from, sizeof to);
}

inline void store(const Lanes& from, float* to) {
  std::memcpy(to, &from, sizeof from);
}

}  // namespace sightline::models
