#include "attribution/method.hpp"

#include <ATen/ops/argmax.h>
#include <ATen/ops/empty.h>

#include "base/error.hpp"

namespace sightline::attribution {

std::string name_of(MapKind kind) {
  return kind == MapKind::grid ? "grid" : kind == MapKind::pixels ? "pixels" : "superpixels";
}

at::Tensor choose_targets(const job::Target& target, const at::Tensor& logits,
                          const std::vector<std::int64_t>& labels) {
  if (target.rule == job::Target::Rule::predicted) {
    return logits.argmax(1).cpu();
  }
  const auto classes = logits.size(1);
  auto targets = at::empty({logits.size(0)}, at::kLong);
  auto* values = targets.mutable_data_ptr<std::int64_t>();
  for (std::int64_t i = 0; i < logits.size(0); ++i) {
    values[i] = target.rule == job::Target::Rule::index ? target.index : labels[static_cast<std::size_t>(i)];
    if (values[i] < 0 || values[i] >= classes) {
      throw base::input_error(
          "--target {}: class {} does not exist in a model of {} classes{}", target.text(), values[i], classes,
          values[i] < 0 ? " (the image has no label; give a folder of classes or a CSV with labels)" : "");
    }
  }
  return targets;
}

}  // namespace sightline::attribution
