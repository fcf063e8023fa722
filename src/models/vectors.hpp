#pragma once

/// Marks a function whose loops are compiled for several instruction sets, of which the processor's is chosen when the
/// program starts. Only its own loops are: what it calls has to be inlined.
#if defined(__x86_64__)
#define SIGHTLINE_VECTORS __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define SIGHTLINE_VECTORS
#endif
