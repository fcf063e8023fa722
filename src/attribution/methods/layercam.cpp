// LayerCAM: each activation is weighted by its own gradient, negative gradients counting as 0, and the channels are
// summed.

#include <ATen/TensorOperators.h>

#include "attribution/methods/cam.hpp"
#include "attribution/methods/methods.hpp"

namespace sightline::attribution {

MethodSpec layercam() {
  return cam_method("layercam", "LayerCAM", "Jiang et al., IEEE TIP 2021, doi 10.1109/TIP.2021.3089943",
                    [](const at::Tensor& activation, const at::Tensor& gradient) {
                      return (activation * gradient.clamp_min(0.0)).sum(1);
                    });
}

}  // namespace sightline::attribution
