#include "models/layers/first_layer.hpp"

#include <algorithm>

#include <ATen/Parallel.h>
#include <ATen/ops/empty.h>

#include "models/kernels/on_host.hpp"
#include "models/kernels/vectors.hpp"
#include "models/layers/layers.hpp"

namespace sightline::models {
namespace {

constexpr auto nhwc = at::MemoryFormat::ChannelsLast;
constexpr std::int64_t block = 64;  // pixels per block: all variants of a block are computed while it is in the cache

/// The range that outputs are clipped to.
struct Range {
  float min;
  float max;
};

/// to = factor * from + bias, clipped to the range, for consecutive pixels.
SIGHTLINE_VECTORS void scale(const float* from, float factor, const float* bias, Range range, std::int64_t pixels,
                             std::int64_t channels, float* to) {
  for (std::int64_t pixel = 0; pixel < pixels; ++pixel, from += channels, to += channels) {
    for (std::int64_t c = 0; c < channels; ++c) {
      const float sum = factor * from[c] + bias[c];
      const float not_below = sum < range.min ? range.min : sum;  // NaN remains NaN
      to[c] = not_below > range.max ? range.max : not_below;
    }
  }
}

/// total += weight * gradient where the output was not clipped.
SIGHTLINE_VECTORS void add(const float* gradient, const float* output, float weight, Range range, std::int64_t count,
                           float* total) {
  for (std::int64_t i = 0; i < count; ++i) {
    const bool clipped = output[i] <= range.min || output[i] >= range.max;
    total[i] += clipped ? 0.0F : weight * gradient[i];
  }
}

/// Calls work(k, image_offset, variant_offset, pixels) for each block of pixels of each variant k. The offsets are the
/// positions of the block's first number in the tensor of images (`images`) and in the tensor of variants.
template <typename Work>
void in_blocks(const at::Tensor& images, const at::Tensor& slots, const Work& work) {
  const auto channels = images.size(1);
  const auto pixels = images.size(2) * images.size(3);
  const auto* slot = slots.const_data_ptr<std::int64_t>();
  at::parallel_for(0, (pixels + block - 1) / block, 1, [&](std::int64_t begin, std::int64_t end) {
    for (auto first = begin * block; first < std::min(end * block, pixels); first += block) {
      for (std::int64_t k = 0; k < slots.size(0); ++k) {
        work(k, (slot[k] * pixels + first) * channels, (k * pixels + first) * channels,
             std::min(block, pixels - first));
      }
    }
  });
}

}  // namespace

bool FirstLayer::fits(ConvNorm& layer) {
  const auto& weight = layer.folded().weight;
  const auto activation = layer.activation();
  return !layer.pads_by_size() && on_host(weight) && weight.scalar_type() == at::kFloat &&
         prepacked::available(at::kFloat) &&
         (activation == Activation::none || activation == Activation::relu || activation == Activation::relu6);
}

FirstLayer::FirstLayer(ConvNorm& layer)
    : layer_(layer),
      weight_(layer.folded().weight),
      bias_(layer.folded().bias),
      geometry_(layer.folded().geometry),
      activation_(layer.activation()),
      filter_(weight_, geometry_) {}

at::Tensor FirstLayer::linear_part(const at::Tensor& x) {
  return filter_(x, {}, Activation::none);
}

at::Tensor FirstLayer::outputs(const at::Tensor& x) {
  return filter_(x, bias_, activation_);
}

at::Tensor FirstLayer::scaled_outputs(const at::Tensor& linear_parts, const at::Tensor& slots,
                                      const at::Tensor& factors) const {
  auto made = at::empty({slots.size(0), linear_parts.size(1), linear_parts.size(2), linear_parts.size(3)},
                        linear_parts.options().memory_format(nhwc));
  const float* from = linear_parts.const_data_ptr<float>();
  const float* factor = factors.const_data_ptr<float>();
  const float* bias = bias_.const_data_ptr<float>();
  float* to = made.mutable_data_ptr<float>();
  in_blocks(linear_parts, slots, [&](std::int64_t k, std::int64_t image, std::int64_t variant, std::int64_t pixels) {
    scale(from + image, factor[k], bias, {min_output(), max_output()}, pixels, linear_parts.size(1), to + variant);
  });
  return made;
}

void FirstLayer::add_gradients(const at::Tensor& totals, const at::Tensor& slots, const at::Tensor& weights,
                               const at::Tensor& outputs, const at::Tensor& gradient) const {
  const auto upper = gradient.contiguous(nhwc);
  const float* weight = weights.const_data_ptr<float>();
  const float* output = outputs.const_data_ptr<float>();
  const float* from = upper.const_data_ptr<float>();
  float* total = totals.mutable_data_ptr<float>();
  in_blocks(totals, slots, [&](std::int64_t k, std::int64_t image, std::int64_t variant, std::int64_t pixels) {
    add(from + variant, output + variant, weight[k], {min_output(), max_output()}, pixels * totals.size(1),
        total + image);
  });
}

at::Tensor FirstLayer::input_gradient(const at::Tensor& upper, const at::Tensor& x) {
  return input_gradient_({weight_, bias_, geometry_}, upper, x);
}

}  // namespace sightline::models
