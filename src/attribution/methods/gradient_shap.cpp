// GradientSHAP as in Captum: random points are drawn between the zero baseline and noisy copies of the image. The map
// is the mean over these points of the gradient times the difference between noisy copy and baseline.

#include <ATen/TensorOperators.h>
#include <ATen/ops/tensor.h>
#include <ATen/ops/zeros_like.h>

#include "attribution/methods/gradients.hpp"
#include "attribution/methods/methods.hpp"
#include "attribution/methods/noise.hpp"

namespace sightline::attribution {
namespace {

Maps explain(const Parameters& parameters, Subject& subject) {
  const auto samples = parameters.integer("samples");
  const double stdevs = parameters.number("stdevs");
  const auto& x = subject.inputs();
  const std::vector<double> sigmas(static_cast<std::size_t>(subject.images()), stdevs);
  auto total = at::zeros_like(x);
  in_passes(subject.images() * samples, subject.pass_size(), [&](std::int64_t first, std::int64_t count) {
    const auto owners = subject.owners(first, count, samples);
    const auto noisy = stdevs > 0.0 ? noisy_copies(subject, "gradientshap.noise", first, count, samples, sigmas)
                                    : x.index_select(0, owners);
    std::vector<double> positions;
    for (auto k = first; k < first + count; ++k) {
      const auto stream = subject.stream("gradientshap.position", k / samples);
      positions.push_back(stream.uniform(static_cast<std::uint64_t>(k % samples)));
    }
    const auto alpha = at::tensor(positions, at::kFloat).to(x.device()).view({-1, 1, 1, 1});
    total.index_add_(0, owners, subject.gradient(noisy * alpha, owners).values * noisy);
  });
  return {merge_channels(parameters, total / static_cast<double>(samples))};
}

}  // namespace

MethodSpec gradient_shap() {
  return pixel_method(
      {"gradientshap",
       "GradientSHAP",
       "Lundberg and Lee, arXiv 1705.07874",
       "`samples` forward and backward",
       "all models",
       MapKind::pixels,
       {{"samples", "N", "20", "random points between the baseline and the image", whole_number(1, 100'000)},
        {"stdevs", "SIGMA", "0", "standard deviation of the noise added to the normalised image", number(0.0, 100.0)},
        channels_parameter("sum")},
       {"seed"}},
      explain, [](const Parameters& parameters, Subject& /*grey*/) {
        return Passes{.gradient = parameters.integer("samples")};
      });
}

}  // namespace sightline::attribution
