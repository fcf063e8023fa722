#include "models/layers/packed_convolution.hpp"

#include "models/kernels/on_host.hpp"

namespace sightline::models {

PackedConvolution::PackedConvolution(at::Tensor weight, at::Tensor bias, const ConvGeometry& geometry)
    : filter_(std::move(weight), geometry), bias_(std::move(bias)) {}

at::Tensor PackedConvolution::operator()(const at::Tensor& x) {
  if (!on_host(x) || !prepacked::available(x.scalar_type())) {
    return ConvolutionStep{filter_.weight(), bias_, filter_.geometry()}(x);
  }
  return filter_(x, bias_, Activation::none);
}

at::Tensor PackedConvolution::gradient(const at::Tensor& upper, const at::Tensor& x) {
  return gradient_({filter_.weight(), bias_, filter_.geometry()}, upper, x);
}

}  // namespace sightline::models
