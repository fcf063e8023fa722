#pragma once

#include <cstdint>
#include <cstring>

/// Marks a function that is compiled for several instruction sets; the program chooses the processor's when it starts.
/// Functions that it calls must be inlined to be compiled in the same way. The build for the sanitizers has the code
/// for any processor alone: it follows every block (-fsanitize-coverage), also in the function that chooses, which runs
/// before anything can be called.
#if defined(__x86_64__) && !defined(__SANITIZE_ADDRESS__)
#define SIGHTLINE_VECTORS __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define SIGHTLINE_VECTORS
#endif

namespace sightline::models {

constexpr std::int64_t lanes = 16;  ///< floats per vector; loops over vectors need a multiple of this many channels

/// GCC's vector extension: elementwise arithmetic and comparisons, which the compiler maps to the available registers.
using Lanes = float __attribute__((vector_size(sizeof(float) * lanes)));

inline void load(const float* from, Lanes& to) {
  std::memcpy(&to, from, sizeof to);
}

inline void store(const Lanes& from, float* to) {
  std::memcpy(to, &from, sizeof from);
}

}  // namespace sightline::models
