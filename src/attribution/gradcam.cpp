#include "attribution/gradcam.hpp"

#include "attribution/cam.hpp"

namespace sightline::attribution {

MethodSpec gradcam() {
  return cam_method("gradcam", "Grad-CAM", "Selvaraju et al., arXiv 1610.02391",
                    [](const at::Tensor& /*activation*/, const at::Tensor& gradient) {
                      return gradient.mean({2, 3});
                    });
}

}  // namespace sightline::attribution
