// Grad-CAM++: the weight of a channel is the sum over its cells of max(g, 0) times
// g^2 / (2 g^2 + g^3 (sum of the channel's activations) + 1e-6), where g is the gradient.

#include <ATen/TensorOperators.h>

#include "attribution/methods/cam.hpp"
#include "attribution/methods/methods.hpp"

namespace sightline::attribution {

MethodSpec gradcampp() {
  return cam_method("gradcampp", "Grad-CAM++", "Chattopadhyay et al., arXiv 1710.11063",
                    [](const at::Tensor& activation, const at::Tensor& gradient) {
                      const auto square = gradient * gradient;
                      const auto total = activation.sum({2, 3}, /*keepdim=*/true);
                      // this share is 0 where the gradient is 0
                      const auto share = square / (square * 2.0 + total * (square * gradient) + 1e-6);
                      return weighted_sum((gradient.clamp_min(0.0) * share).sum({2, 3}), activation);
                    });
}

}  // namespace sightline::attribution
