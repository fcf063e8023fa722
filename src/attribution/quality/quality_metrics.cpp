#include "attribution/quality/quality_metrics.hpp"

#include <ATen/ops/stack.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include "base/error.hpp"
#include "base/find_named.hpp"

namespace sightline::attribution {

const std::vector<QualityMetric>& quality_metrics() {
  static const std::vector<QualityMetric> metrics = {
#define QUALITY_METRIC(name) name(),
#include "attribution/quality/quality_metrics.def"
#undef QUALITY_METRIC
  };
  return metrics;
}

const QualityMetric& find_quality_metric(const std::string& name) {
  return base::find_named(quality_metrics(), name, &QualityMetric::name, [](const base::UnknownName& unknown) {
    return base::usage_error("focus.metrics: {}", unknown.not_one_of());
  });
}

at::Tensor relevance_of_pixels(const Method& method, const at::Tensor& values, Subject& subject) {
  const auto height = subject.inputs().size(2);
  const auto width = subject.inputs().size(3);
  if (method.kind() == MapKind::grid) {
    return at::upsample_bilinear2d(values.unsqueeze(1), {height, width}, /*align_corners=*/false).squeeze(1);
  }
  if (method.kind() == MapKind::pixels) {
    return values;
  }
  std::vector<at::Tensor> maps;
  for (std::int64_t image = 0; image < subject.images(); ++image) {
    const auto& labels = subject.superpixels(*method.superpixels(), image).labels;
    maps.push_back(values[image].index_select(0, labels.flatten()).view(labels.sizes()));
  }
  return at::stack(maps);
}

}  // namespace sightline::attribution
