#include "attribution/gradcampp.hpp"

#include <ATen/TensorOperators.h>

#include "attribution/cam.hpp"

namespace sightline::attribution {
namespace {

at::Tensor weights(const at::Tensor& activation, const at::Tensor& gradient) {
  const auto square = gradient * gradient;
  const auto total = activation.sum({2, 3}, /*keepdim=*/true);
  const auto share = square / (square * 2.0 + total * (square * gradient) + 1e-6);  // 0 where the gradient is 0
  return (gradient.clamp_min(0.0) * share).sum({2, 3});
}

}  // namespace

MethodSpec gradcampp() {
  return cam_method("gradcampp", "Grad-CAM++", "Chattopadhyay et al., arXiv 1710.11063", weights);
}

}  // namespace sightline::attribution
