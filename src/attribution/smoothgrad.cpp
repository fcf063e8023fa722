// SmoothGrad: the mean gradient at noisy copies of the image. sigma is a share of the image's range of normalised
// values, as in the Focus study.

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>

#include "attribution/gradient_sums.hpp"
#include "attribution/gradients.hpp"
#include "attribution/methods.hpp"
#include "attribution/noise.hpp"

namespace sightline::attribution {
namespace {

Maps explain(const Parameters& parameters, Subject& subject) {
  const auto samples = parameters.integer("samples");
  const auto& x = subject.inputs();
  const auto sigma = (x.amax({1, 2, 3}, true) - x.amin({1, 2, 3}, true)).to(at::kDouble) * parameters.number("sigma");
  GradientSums sums(subject, subject.owners(0, subject.images(), 1));
  in_passes(subject.images() * samples, subject.pass_size(), [&](std::int64_t first, std::int64_t count) {
    const auto owners = subject.owners(first, count, samples);
    const auto noise = normal_noise(subject, "smoothgrad.noise", first, count, samples).to(x.device());
    const auto noisy = (x.index_select(0, owners).to(at::kDouble) + noise * sigma.index_select(0, owners));
    sums.add(noisy.to(at::kFloat), owners, at::ones({count}, x.options()));
  });
  return {merge_channels(parameters, sums.take() / static_cast<double>(samples))};
}

}  // namespace

MethodSpec smoothgrad() {
  auto spec = pixel_method(
      {"smoothgrad",
       "SmoothGrad",
       "Smilkov et al., arXiv 1706.03825",
       "`samples` forward and backward",
       "all models",
       MapKind::pixels,
       {{"samples", "N", "10", "noisy copies of the image", whole_number(1, 100'000)},
        {"sigma", "SHARE", "0.2", "of the noise, as a share of max - min of the normalised image", number(0.0, 100.0)},
        channels_parameter("absmax")}},
      explain);
  spec.reads = Reads::magnitude;
  return spec;
}

}  // namespace sightline::attribution
