#include "models/kernels/activation.hpp"

#include <ATen/ops/hardswish.h>
#include <ATen/ops/hardtanh.h>
#include <ATen/ops/relu.h>

#include "models/kernels/smooth_activations.hpp"

namespace sightline::models {

at::Tensor activate(const at::Tensor& x, Activation activation) {
  switch (activation) {
    case Activation::none:
      return x;
    case Activation::relu:
      return at::relu(x);
    case Activation::relu6:
      return at::hardtanh(x, 0.0, 6.0);
    case Activation::silu:
      return models::silu(x);
    case Activation::hardswish:
      return at::hardswish(x);
    case Activation::gelu:
      return models::gelu(x);
  }
  return x;
}

}  // namespace sightline::models
