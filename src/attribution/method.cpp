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

MethodSpec checked(MethodSpec spec, const std::function<void(const Parameters&)>& check) {
  spec.build = [check, build = spec.build](const Parameters& parameters, const models::Model& model) {
    check(parameters);
    return build(parameters, model);
  };
  return spec;
}

}  // namespace sightline::attribution
