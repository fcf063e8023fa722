// Deletion (Petsiuk et al., RISE, arXiv 1806.07421): the area under the curve of the target's probability while an
// image's pixels are replaced by the mean colour, the most relevant first. In [0, 1]; low is good.

#include <ATen/ops/zeros_like.h>

#include "attribution/quality/probability_curve.hpp"
#include "attribution/quality/quality_metrics.hpp"

namespace sightline::attribution {

QualityMetric deletion() {
  return {"deletion", /*low_is_good=*/true, "--focus.steps + 1 forward passes per map", [](const JudgedBatch& batch) {
            return [&subject = batch.subject, steps = batch.steps](const at::Tensor& relevance) {
              const auto& images = subject.inputs();
              return area_under_curve(subject, relevance, steps, images, at::zeros_like(images));
            };
          }};
}

}  // namespace sightline::attribution
