#include "attribution/method.hpp"

namespace sightline::attribution {

std::string name_of(MapKind kind) {
  return kind == MapKind::grid ? "grid" : kind == MapKind::pixels ? "pixels" : "superpixels";
}

std::string name_of(GridReading reading) {
  return reading == GridReading::cam ? "cam" : "attention";
}

Explanation explain_alone(const Method& method, models::Model& model, const Batch& batch, const job::JobConfig& job) {
  Subject subject(model, batch, {job.explain.target, method.layers(), method.watched(), job.seed});
  auto maps = method.explain(subject);
  return {subject.logits(), subject.targets(), std::move(maps.values), std::move(maps.details)};
}

MethodSpec checked(MethodSpec spec, std::function<void(const Parameters&)> check) {
  spec.check = std::move(check);
  return spec;
}

}  // namespace sightline::attribution
