#include "models/kernels/smooth_activations.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdint>

#include <ATen/Parallel.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/gelu.h>
#include <ATen/ops/silu.h>

#include "models/kernels/on_host.hpp"
#include "models/kernels/recorded_step.hpp"

// The loops are compiled once for each instruction set, so that the compiler vectorises them; the first call chooses
// one.

namespace sightline::models {
namespace {

/// min(|x|, most). The minimum is taken of the bit patterns as integers, since a minimum of floats prevents
/// vectorisation.
[[gnu::always_inline]] inline float magnitude(float x, float most) {
  return std::bit_cast<float>(std::min(std::bit_cast<std::int32_t>(std::abs(x)), std::bit_cast<std::int32_t>(most)));
}

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

struct Gelu {
  /// The standard normal distribution function at x, with erf by formula 7.1.26 of Abramowitz and Stegun. Sets bell to
  /// exp(-x^2 / 2).
  [[gnu::always_inline]] static float integral(float x, float& bell) {
    const float z = magnitude(x, 12.0F) * 0.707106781F;  // beyond 12 erf is 1
    const float t = 1.0F / (1.0F + 0.3275911F * z);
    const float polynomial =
        t * (0.254829592F + t * (-0.284496736F + t * (1.421413741F + t * (-1.453152027F + t * 1.061405429F))));
    bell = exp_minus(z * z);
    return 0.5F + 0.5F * std::copysign(1.0F - polynomial * bell, x);
  }
  [[gnu::always_inline]] static float value(float x) {
    float bell = 0.0F;
    return x * integral(x, bell);
  }
  [[gnu::always_inline]] static float slope(float x) {
    constexpr float height = 0.398942280F;  // 1 / sqrt(2 pi)
    float bell = 0.0F;
    const float below = integral(x, bell);
    return below + x * height * bell;
  }
};

struct Silu {
  [[gnu::always_inline]] static float sigmoid(float x) {
    const float e = exp_minus(magnitude(x, 87.0F));
    const float upper = 1.0F / (1.0F + e);
    return 0.5F + std::copysign(upper - 0.5F, x);
  }
  [[gnu::always_inline]] static float value(float x) { return x * sigmoid(x); }
  [[gnu::always_inline]] static float slope(float x) {
    const float s = sigmoid(x);
    return s * (1.0F + x * (1.0F - s));
  }
};

using Loop = void (*)(const float* x, const float* upper, float* out, std::int64_t count);

/// out = f(x), or upper * f'(x) for the backward pass.
template <typename F, bool backward>
[[gnu::always_inline]] inline void loop(const float* x, const float* upper, float* out, std::int64_t count) {
  for (std::int64_t i = 0; i < count; ++i) {
    out[i] = backward ? upper[i] * F::slope(x[i]) : F::value(x[i]);
  }
}

template <typename F, bool backward>
void plain(const float* x, const float* upper, float* out, std::int64_t count) {
  loop<F, backward>(x, upper, out, count);
}

#if defined(__x86_64__)
template <typename F, bool backward>
[[gnu::target("avx2,fma")]] void avx2(const float* x, const float* upper, float* out, std::int64_t count) {
  loop<F, backward>(x, upper, out, count);
}
template <typename F, bool backward>
[[gnu::target("avx512f,avx512bw,avx512vl,avx512dq,fma")]] void avx512(const float* x, const float* upper, float* out,
                                                                      std::int64_t count) {
  loop<F, backward>(x, upper, out, count);
}
template <typename F, bool backward>
Loop best_loop() {
  return __builtin_cpu_supports("avx512dq") && __builtin_cpu_supports("avx512vl") ? avx512<F, backward>
         : __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma")        ? avx2<F, backward>
                                                                                  : plain<F, backward>;
}
#else
template <typename F, bool backward>
Loop best_loop() {
  return plain<F, backward>;
}
#endif

template <typename F, bool backward>
at::Tensor map(const at::Tensor& x, const at::Tensor& upper) {
  static const Loop best = best_loop<F, backward>();
  auto y = at::empty_like(x);  // x is dense, so y has the same order in memory
  const float* in = x.const_data_ptr<float>();
  const float* from_above = backward ? upper.const_data_ptr<float>() : nullptr;
  float* out = y.mutable_data_ptr<float>();
  at::parallel_for(0, x.numel(), 1 << 14, [&](std::int64_t begin, std::int64_t end) {
    best(in + begin, backward ? from_above + begin : nullptr, out + begin, end - begin);
  });
  return y;
}

bool supports(const at::Tensor& x) {
  return on_host(x) && x.scalar_type() == at::kFloat && x.is_non_overlapping_and_dense();
}

template <typename F>
at::Tensor smooth(const at::Tensor& x) {
  const auto plain_x = x.detach();
  return recorded_step({x}, map<F, false>(plain_x, {}), [plain_x](const at::Tensor& upper) {
    auto same_order = upper;
    if (upper.strides() != plain_x.strides()) {
      same_order = at::empty_like(plain_x);
      same_order.copy_(upper);
    }
    return std::vector{map<F, true>(plain_x, same_order)};
  });
}

}  // namespace

at::Tensor gelu(const at::Tensor& x) {
  return supports(x) ? smooth<Gelu>(x) : at::gelu(x);
}

at::Tensor silu(const at::Tensor& x) {
  return supports(x) ? smooth<Silu>(x) : at::silu(x);
}

}  // namespace sightline::models
