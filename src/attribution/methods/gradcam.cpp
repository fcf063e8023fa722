// Grad-CAM: the weight of a channel is its mean gradient.

#include "attribution/methods/cam.hpp"
#include "attribution/methods/methods.hpp"

namespace sightline::attribution {

MethodSpec gradcam() {
  return cam_method("gradcam", "Grad-CAM", "Selvaraju et al., arXiv 1610.02391",
                    [](const at::Tensor& activation, const at::Tensor& gradient) {
                      return weighted_sum(gradient.mean({2, 3}), activation);
                    });
}

}  // namespace sightline::attribution
