#include "models/gelu.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include <ATen/Parallel.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/gelu.h>

#include "models/kernels.hpp"

// x (1 + erf(x / sqrt 2)) / 2, about three times as fast as ATen's on AVX2 (0.75 against 2.3 ns a number): a loop that
// the compiler turns into vector instructions, built once for each kind of processor. erf by formula 7.1.26 of
// Abramowitz and Stegun; the result is within 6e-7 (ATen's: 4e-7).

namespace sightline::models {
namespace {

/// exp(-z) for 0 <= z <= 87, relative error 2e-7.
[[gnu::always_inline]] inline float exp_minus(float z) {
  constexpr float shifter = 12582912.0F;  // 1.5 * 2^23: adding it rounds to a whole number
  const float y = z * -1.44269504F;
  const float rounded = y + shifter;
  const float f = (y - (rounded - shifter)) * 0.693147181F;
  const float power =
      1.0F +
      f * (1.0F + f * (0.5F + f * (0.166666667F + f * (0.0416666667F + f * (0.00833333333F + f * 0.00138888889F)))));
  const auto exponent = std::bit_cast<std::int32_t>(rounded) - std::bit_cast<std::int32_t>(shifter);
  return power * std::bit_cast<float>((exponent + 127) << 23);
}

[[gnu::always_inline]] inline float gelu_of(float x) {
  // Beyond 12 erf is 1. A minimum of floats would keep the compiler from making vectors; of their bits it does not.
  constexpr float most = 12.0F;
  const auto bits = std::min(std::bit_cast<std::int32_t>(std::abs(x)), std::bit_cast<std::int32_t>(most));
  const float z = std::bit_cast<float>(bits) * 0.707106781F;
  const float t = 1.0F / (1.0F + 0.3275911F * z);
  const float polynomial =
      t * (0.254829592F + t * (-0.284496736F + t * (1.421413741F + t * (-1.453152027F + t * 1.061405429F))));
  const float erf = std::copysign(1.0F - polynomial * exp_minus(z * z), x);
  return 0.5F * x * (1.0F + erf);
}

[[gnu::always_inline]] inline void loop(const float* in, float* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = gelu_of(in[i]);
  }
}

void plain(const float* in, float* out, std::int64_t count) {
  loop(in, out, count);
}

using Loop = void (*)(const float*, float*, std::int64_t);

#if defined(__x86_64__)
[[gnu::target("avx2,fma")]] void avx2(const float* in, float* out, std::int64_t count) {
  loop(in, out, count);
}
[[gnu::target("avx512f,avx512bw,avx512vl,avx512dq,fma")]] void avx512(const float* in, float* out, std::int64_t count) {
  loop(in, out, count);
}
Loop best_loop() {
  return __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") ? avx512
         : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")        ? avx2
                                                                                  : plain;
}
#else
Loop best_loop() {
  return plain;
}
#endif

}  // namespace

at::Tensor gelu(const at::Tensor& x) {
  if (kernels::recorded(x) || !x.device().is_cpu() || x.scalar_type() != at::kFloat ||
      !x.is_non_overlapping_and_dense()) {
    return at::gelu(x);
  }
  static const Loop best = best_loop();
  auto y = at::empty_like(x);  // dense, so in the same order in memory
  const float* in = x.const_data_ptr<float>();
  float* out = y.mutable_data_ptr<float>();
  at::parallel_for(0, x.numel(), 1 << 14,
                   [&](std::int64_t begin, std::int64_t end) { best(in + begin, out + begin, end - begin); });
  return y;
}

}  // namespace sightline::models
