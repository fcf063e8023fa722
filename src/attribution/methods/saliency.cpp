// Saliency: the absolute gradient of the target's logit; by default the largest over the colour channels.

#include "attribution/methods/gradients.hpp"
#include "attribution/methods/methods.hpp"

namespace sightline::attribution {

MethodSpec saliency() {
  auto spec = pixel_method(
      {"saliency",
       "Saliency",
       "Simonyan et al., arXiv 1312.6034",
       "1 forward, 1 backward",
       "all models",
       MapKind::pixels,
       {channels_parameter("absmax")}},
      [](const Parameters& parameters, Subject& subject) {
        const auto owners = subject.owners(0, subject.images(), 1);
        return Maps{merge_channels(parameters, subject.gradient(subject.inputs(), owners).values)};
      },
      gradients_per_image(1));
  spec.reads = Reads::magnitude;
  return spec;
}

}  // namespace sightline::attribution
