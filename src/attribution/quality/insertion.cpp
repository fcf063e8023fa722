// Insertion (Petsiuk et al., RISE, arXiv 1806.07421): the area under the curve of the target's probability while the
// pixels of the blurred image are replaced by those of the image, the most relevant first. In [0, 1]; high is good. The
// blur is a Gaussian of 11 x 11 pixels with sigma 5; pixels outside the image have the mean colour.

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/exp.h>

#include "attribution/quality/probability_curve.hpp"
#include "attribution/quality/quality_metrics.hpp"

namespace sightline::attribution {
namespace {

at::Tensor blurred(const at::Tensor& images) {
  constexpr std::int64_t reach = 5;  ///< pixels
  constexpr double sigma = 5.0;
  const auto offsets = at::arange(-reach, reach + 1, images.options());
  auto bell = at::exp(offsets * offsets / (-2.0 * sigma * sigma));
  bell = bell / bell.sum();
  const auto kernel = (bell.view({-1, 1}) * bell.view({1, -1})).expand({3, 1, -1, -1});
  return at::conv2d(images, kernel, {}, 1, reach, 1, 3);
}

}  // namespace

QualityMetric insertion() {
  return {"insertion", /*low_is_good=*/false, "--focus.steps + 1 forward passes per map", [](const JudgedBatch& batch) {
            return [&subject = batch.subject, steps = batch.steps](const at::Tensor& relevance) {
              return area_under_curve(subject, relevance, steps, blurred(subject.inputs()), subject.inputs());
            };
          }};
}

}  // namespace sightline::attribution
