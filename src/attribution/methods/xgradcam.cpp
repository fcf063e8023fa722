// XGrad-CAM: the weight of a channel is the mean of its gradients, weighted by its activations.

#include <ATen/TensorOperators.h>

#include "attribution/methods/cam.hpp"
#include "attribution/methods/methods.hpp"

namespace sightline::attribution {

MethodSpec xgradcam() {
  return cam_method("xgradcam", "XGrad-CAM", "Fu et al., arXiv 2008.02312",
                    [](const at::Tensor& activation, const at::Tensor& gradient) {
                      const auto weights = (activation * gradient).sum({2, 3}) / (activation.sum({2, 3}) + 1e-7);
                      return weighted_sum(weights, activation);
                    });
}

}  // namespace sightline::attribution
