#include "models/kernels/kernels.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <vector>

#include <ATen/Parallel.h>
#include <ATen/TensorOperators.h>
#include <ATen/core/grad_mode.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/linalg_vector_norm.h>
#include <ATen/ops/where.h>

#include "models/kernels/on_host.hpp"

namespace sightline::models::kernels {
namespace {

template <typename Number>
void channel_norms_of(const at::Tensor& x, at::Tensor& norms) {
  const auto channels = x.size(3);
  const auto width = x.size(2);
  const auto* from = x.const_data_ptr<Number>();
  auto* to = norms.mutable_data_ptr<Number>();
  at::parallel_for(0, x.size(0), 1, [&](std::int64_t begin, std::int64_t end) {
    const auto size = static_cast<std::size_t>(channels);
    for (auto image = begin; image < end; ++image) {
      std::vector<float> total(size, 0.0F);
      for (std::int64_t row = 0; row < x.size(1); ++row) {
        // A single float32 sum of thousands of squares would lose digits, so each row has a sum of its own.
        std::vector<float> row_sums(size, 0.0F);
        const auto* pixel = from + (image * x.size(1) + row) * width * channels;
        for (std::int64_t column = 0; column < width; ++column, pixel += channels) {
          for (std::size_t c = 0; c < size; ++c) {
            const auto value = static_cast<float>(pixel[c]);
            row_sums[c] += value * value;
          }
        }
        std::transform(total.begin(), total.end(), row_sums.begin(), total.begin(), std::plus<>());
      }
      std::transform(total.begin(), total.end(), to + image * channels,
                     [](float square) { return static_cast<Number>(std::sqrt(square)); });
    }
  });
}

}  // namespace

bool recorded(const at::Tensor& x) {
  return at::GradMode::is_enabled() && x.requires_grad();
}

bool supports(const at::Tensor& x) {
  if (recorded(x) || !on_host(x) || x.scalar_type() != at::kFloat || x.dim() != 4) {
    return false;
  }
  const auto pixel = x.stride(3);
  return x.stride(1) == 1 && x.stride(2) == pixel * x.size(3) && x.stride(0) == pixel * x.size(3) * x.size(2);
}

at::Tensor scale_shift_relu(const at::Tensor& x, const at::Tensor& scale, const at::Tensor& shift) {
  auto y = at::empty(x.sizes(), x.options().memory_format(at::MemoryFormat::ChannelsLast));
  const auto channels = x.size(1);
  const auto stride = x.stride(3);
  const float* from = x.const_data_ptr<float>();
  const float* factors = scale.const_data_ptr<float>();
  const float* offsets = shift.const_data_ptr<float>();
  float* to = y.mutable_data_ptr<float>();
  at::parallel_for(0, x.size(0) * x.size(2) * x.size(3), 64, [&](std::int64_t begin, std::int64_t end) {
    for (auto pixel = begin; pixel < end; ++pixel) {
      const float* in = from + pixel * stride;
      float* out = to + pixel * channels;
      for (std::int64_t c = 0; c < channels; ++c) {
        out[c] = std::max(in[c] * factors[c] + offsets[c], 0.0F);
      }
    }
  });
  return y;
}

at::Tensor stabilised_ratio(const at::Tensor& a, const at::Tensor& b, float epsilon) {
  const bool same_layout = on_host(a) && a.scalar_type() == at::kFloat && b.scalar_type() == at::kFloat &&
                           !recorded(a) && !recorded(b) && a.is_non_overlapping_and_dense() && a.sizes() == b.sizes() &&
                           a.strides() == b.strides();
  if (!same_layout) {
    return a / (b + at::where(b.ge(0.0), at::Scalar(epsilon), at::Scalar(-epsilon)).to(b.scalar_type()));
  }
  auto ratio = at::empty_like(a);
  const float* over = a.const_data_ptr<float>();
  const float* under = b.const_data_ptr<float>();
  float* to = ratio.mutable_data_ptr<float>();
  at::parallel_for(0, a.numel(), 1 << 14, [&](std::int64_t begin, std::int64_t end) {
    for (auto i = begin; i < end; ++i) {
      to[i] = over[i] / (under[i] + (under[i] >= 0.0F ? epsilon : -epsilon));
    }
  });
  return ratio;
}

at::Tensor channel_norms(const at::Tensor& x) {
  const bool bf16 = x.scalar_type() == at::kBFloat16;
  if (!on_host(x) || !(bf16 || x.scalar_type() == at::kFloat) || recorded(x) || !x.is_contiguous()) {
    return at::linalg_vector_norm(x, 2, at::IntArrayRef({1, 2}), /*keepdim=*/true);
  }
  auto norms = at::empty({x.size(0), 1, 1, x.size(3)}, x.options());
  if (bf16) {
    channel_norms_of<at::BFloat16>(x, norms);
  } else {
    channel_norms_of<float>(x, norms);
  }
  return norms;
}

}  // namespace sightline::models::kernels
