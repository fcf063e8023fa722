// SmoothGrad: the mean gradient at noisy copies of the image. sigma is a share of the image's range of normalised
// values, as in the Focus study.

#include <ATen/TensorOperators.h>
#include <ATen/ops/zeros_like.h>

#include "attribution/gradients.hpp"
#include "attribution/methods.hpp"
#include "attribution/noise.hpp"

namespace sightline::attribution {
namespace {

Maps explain(const Parameters& parameters, Subject& subject) {
  const auto samples = parameters.integer("samples");
  const auto& x = subject.inputs();
  const auto sigma = (x.amax({1, 2, 3}, true) - x.amin({1, 2, 3}, true)).to(at::kDouble) * parameters.number("sigma");
  auto total = at::zeros_like(x);
  in_passes(subject.images() * samples, subject.pass_size(), [&](std::int64_t first, std::int64_t count) {
    const auto owners = subject.owners(first, count, samples);
    const auto noise = normal_noise(subject, "smoothgrad.noise", first, count, samples).to(x.device());
    const auto noisy = (x.index_select(0, owners).to(at::kDouble) + noise * sigma.index_select(0, owners));
    total.index_add_(0, owners, subject.gradient(noisy.to(at::kFloat), owners).values);
  });
  return {merge_channels(parameters, total / static_cast<double>(samples))};
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
