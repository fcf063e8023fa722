// SmoothGrad: the mean gradient at noisy copies of the image. sigma is relative to the range (maximum - minimum) of the
// normalised image, as in the Focus study.

#include <ATen/TensorOperators.h>
#include <ATen/ops/ones.h>

#include "attribution/methods/gradient_sums.hpp"
#include "attribution/methods/gradients.hpp"
#include "attribution/methods/methods.hpp"
#include "attribution/methods/noise.hpp"

namespace sightline::attribution {
namespace {

Maps explain(const Parameters& parameters, Subject& subject) {
  const auto samples = parameters.integer("samples");
  const auto& x = subject.inputs();
  const auto range = (x.amax({1, 2, 3}) - x.amin({1, 2, 3})).to(at::kDouble).cpu() * parameters.number("sigma");
  const std::vector<double> sigmas(range.const_data_ptr<double>(), range.const_data_ptr<double>() + range.numel());
  GradientSums sums(subject, subject.owners(0, subject.images(), 1));
  in_passes(subject.images() * samples, subject.pass_size(), [&](std::int64_t first, std::int64_t count) {
    const auto owners = subject.owners(first, count, samples);
    const auto noisy = noisy_copies(subject, "smoothgrad.noise", first, count, samples, sigmas);
    sums.add(noisy, owners, at::ones({count}, x.options()));
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
        {"sigma", "SHARE", "0.2", "standard deviation of the noise, as a share of max - min of the normalised image",
         number(0.0, 100.0)},
        channels_parameter("absmax")},
       {"seed"}},
      explain, [](const Parameters& parameters, Subject& /*grey*/) {
        return Passes{.gradient = parameters.integer("samples")};
      });
  spec.reads = Reads::magnitude;
  return spec;
}

}  // namespace sightline::attribution
