#include "models/input_gradient.hpp"

#include "models/kernels.hpp"

namespace sightline::models {
namespace {

/// The weight of the convolution of stride 1 that takes the gradient back: in and out channels of every group change
/// places, and both axes are flipped.
at::Tensor flipped(const at::Tensor& weight, std::int64_t groups) {
  const auto out = weight.size(0) / groups;
  const auto in = weight.size(1);
  return weight.reshape({groups, out, in, weight.size(2), weight.size(3)})
      .transpose(1, 2)
      .reshape({groups * in, out, weight.size(2), weight.size(3)})
      .flip({2, 3})
      .contiguous();
}

}  // namespace

at::Tensor InputGradient::operator()(const ConvolutionStep& step, const at::Tensor& upper, const at::Tensor& x) {
  const auto& geometry = step.geometry;
  const auto kernel = step.weight.size(2);
  const bool prepacked_runs =
      !kernels::recorded(upper) && upper.device().is_cpu() && prepacked::available(upper.scalar_type());
  if (prepacked_runs && geometry.stride == 1 && geometry.padding < kernel) {
    return as_convolution(step, upper);
  }
  const bool patches = geometry.stride == kernel && geometry.padding == 0 && geometry.groups == 1 &&
                       x.size(2) % kernel == 0 && x.size(3) % kernel == 0;
  if (prepacked_runs && patches) {
    return of_patches(step, upper);
  }
  return step.gradient(upper, x, step.weight);
}

at::Tensor InputGradient::as_convolution(const ConvolutionStep& step, const at::Tensor& upper) {
  const auto& geometry = step.geometry;
  const ConvGeometry back{1, step.weight.size(2) - 1 - geometry.padding, geometry.groups};
  const auto nhwc = upper.contiguous(at::MemoryFormat::ChannelsLast);
  auto& packed = flipped_[nhwc.sizes().vec()];
  if (!packed.defined()) {
    packed = prepacked::pack(flipped(step.weight, geometry.groups), back, nhwc.sizes());
  }
  return prepacked::convolution(nhwc, packed, {}, back, Activation::none);
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
