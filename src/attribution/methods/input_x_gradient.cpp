// Input x gradient: each pixel's value (normalised) times the gradient of the target's logit.

#include <ATen/TensorOperators.h>

#include "attribution/methods/gradients.hpp"
#include "attribution/methods/methods.hpp"

namespace sightline::attribution {

MethodSpec input_x_gradient() {
  return pixel_method(
      {"inputxgradient",
       "Input x Gradient",
       "Shrikumar et al., arXiv 1605.01713",
       "1 forward, 1 backward",
       "all models",
       MapKind::pixels,
       {channels_parameter("sum")}},
      [](const Parameters& parameters, Subject& subject) {
        const auto owners = subject.owners(0, subject.images(), 1);
        const auto gradient = subject.gradient(subject.inputs(), owners).values;
        return Maps{merge_channels(parameters, subject.inputs() * gradient)};
      },
      gradients_per_image(1));
}

}  // namespace sightline::attribution
