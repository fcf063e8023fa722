#include "models/layers/input_gradient.hpp"

#include <algorithm>

#include <ATen/ops/constant_pad_nd.h>

#include "models/kernels/kernels.hpp"
#include "models/kernels/on_host.hpp"

namespace sightline::models {
namespace {

/// The weight of the convolution that propagates the gradient of a convolution of stride 1: the input and output
/// channels of every group are exchanged, and both axes are flipped.
at::Tensor flipped(const at::Tensor& weight, std::int64_t groups) {
  const auto out = weight.size(0) / groups;
  const auto in = weight.size(1);
  return weight.reshape({groups, out, in, weight.size(2), weight.size(3)})
      .transpose(1, 2)
      .reshape({groups * in, out, weight.size(2), weight.size(3)})
      .flip({2, 3})
      .contiguous();
}

/// The weight of one convolution of stride 1 that computes the gradient of all phases. A phase is the set of pixels
/// whose row and column have the same remainders by the stride; only every stride-th tap of the kernel reaches it.
/// Output channels: phase rows x phase columns x input channels.
at::Tensor phase_weight(const at::Tensor& weight, std::int64_t stride) {
  const auto taps = (weight.size(2) + stride - 1) / stride;
  const auto missing = taps * stride - weight.size(2);
  return at::constant_pad_nd(weight, {0, missing, 0, missing})
      .reshape({weight.size(0), weight.size(1), taps, stride, taps, stride})
      .permute({3, 5, 1, 0, 2, 4})
      .flip({4, 5})
      .reshape({stride * stride * weight.size(1), weight.size(0), taps, taps})
      .contiguous();
}

}  // namespace

at::Tensor InputGradient::operator()(const ConvolutionStep& step, const at::Tensor& upper, const at::Tensor& x) {
  const auto& geometry = step.geometry;
  const auto kernel = step.weight.size(2);
  const bool prepacked_runs = !kernels::recorded(upper) && on_host(upper) && prepacked::available(upper.scalar_type());
  if (prepacked_runs && geometry.stride == 1 && geometry.padding < kernel) {
    return as_convolution(step, upper);
  }
  if (prepacked_runs && geometry.stride == 2 &&
      winograd::is_faster(step.weight, 2, geometry.padding, geometry.groups)) {
    return of_stride_2(step, upper, x);
  }
  const bool patches = geometry.stride == kernel && geometry.padding == 0 && geometry.groups == 1 &&
                       x.size(2) % kernel == 0 && x.size(3) % kernel == 0;
  if (prepacked_runs && patches) {
    return of_patches(step, upper);
  }
  constexpr std::int64_t few_channels = 4;
  if (prepacked_runs && geometry.stride > 1 && geometry.groups == 1 && step.weight.size(1) <= few_channels) {
    return by_phases(step, upper, x);
  }
  return step.gradient(upper, x, step.weight);
}

at::Tensor InputGradient::of_stride_2(const ConvolutionStep& step, const at::Tensor& upper, const at::Tensor& x) {
  if (!flipped_of_stride_2_.defined()) {
    flipped_of_stride_2_ = winograd::Filter(flipped(step.weight, 1), 2, step.geometry.padding);
  }
  return flipped_of_stride_2_.up(upper.contiguous(at::MemoryFormat::ChannelsLast), x.size(2), x.size(3));
}

at::Tensor InputGradient::as_convolution(const ConvolutionStep& step, const at::Tensor& upper) {
  const auto& geometry = step.geometry;
  const ConvGeometry back{1, step.weight.size(2) - 1 - geometry.padding, geometry.groups};
  if (!flipped_.weight().defined()) {
    flipped_ = prepacked::Filter(flipped(step.weight, geometry.groups), back);
  }
  return flipped_(upper, {}, Activation::none);
}

at::Tensor InputGradient::by_phases(const ConvolutionStep& step, const at::Tensor& upper, const at::Tensor& x) {
  const auto stride = step.geometry.stride;
  const auto padding = step.geometry.padding;
  const auto channels = step.weight.size(1);
  const ConvGeometry back{1, (step.weight.size(2) + stride - 1) / stride - 1, 1};
  if (!phases_.weight().defined()) {
    phases_ = prepacked::Filter(phase_weight(step.weight, stride), back);
  }
  const auto phases = phases_(upper, {}, Activation::none);
  const auto rows = phases.size(2) * stride;
  const auto columns = phases.size(3) * stride;
  auto pixels = phases.permute({0, 2, 3, 1})
                    .reshape({x.size(0), phases.size(2), phases.size(3), stride, stride, channels})
                    .permute({0, 1, 3, 2, 4, 5})
                    .reshape({x.size(0), rows, columns, channels})
                    .permute({0, 3, 1, 2});
  // Rows and columns that no window reaches have the gradient 0.
  const auto below = std::max<std::int64_t>(0, padding + x.size(2) - rows);
  const auto beside = std::max<std::int64_t>(0, padding + x.size(3) - columns);
  if (below > 0 || beside > 0) {
    pixels = at::constant_pad_nd(pixels, {0, beside, 0, below});
  }
  return pixels.narrow(2, padding, x.size(2)).narrow(3, padding, x.size(3)).contiguous(at::MemoryFormat::ChannelsLast);
}

at::Tensor InputGradient::of_patches(const ConvolutionStep& step, const at::Tensor& upper) {
  const auto kernel = step.weight.size(2);
  const auto channels = step.weight.size(1);
  const auto rows = upper.permute({0, 2, 3, 1}).contiguous();  // N x h x w x out
  if (!patches_.weight().defined()) {
    patches_ = prepacked::Matrix(step.weight.reshape({step.weight.size(0), -1}).t());
  }
  return prepacked::linear(rows, patches_.packed(rows.numel() / rows.size(-1)), {})
      .view({upper.size(0), upper.size(2), upper.size(3), channels, kernel, kernel})
      .permute({0, 1, 4, 2, 5, 3})
      .reshape({upper.size(0), upper.size(2) * kernel, upper.size(3) * kernel, channels})
      .permute({0, 3, 1, 2});
}

}  // namespace sightline::models
