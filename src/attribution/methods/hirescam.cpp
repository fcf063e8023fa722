// HiResCAM: each activation is weighted by its own gradient, and the channels are summed.

#include <ATen/TensorOperators.h>

#include "attribution/methods/cam.hpp"
#include "attribution/methods/methods.hpp"

namespace sightline::attribution {

MethodSpec hirescam() {
  return cam_method(
      "hirescam", "HiResCAM", "Draelos and Carin, arXiv 2011.08891",
      [](const at::Tensor& activation, const at::Tensor& gradient) { return (activation * gradient).sum(1); });
}

}  // namespace sightline::attribution
