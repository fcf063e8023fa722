#include "small_models.hpp"

#include <ATen/TensorOperators.h>

#include "attribution/methods/registry.hpp"
#include "formula_image.hpp"
#include "job_with.hpp"
#include "models/model_parameters.hpp"
#include "models/zoo/registry.hpp"

namespace sightline::tests {

std::unique_ptr<models::Model> synthetic_model(const std::string& name, std::uint64_t seed) {
  const auto& spec = models::find_model(name);
  const auto source = models::open_parameters("synthetic:" + std::to_string(seed), spec);
  return std::make_unique<models::Model>(spec, *source);
}

at::Tensor picture_for(const models::Model& model, int k) {
  return formula_input(k, model.spec().fixed_size ? 224 : 64, model.spec());
}

attribution::Explanation explain(const std::string& method, models::Model& model, const attribution::Batch& batch,
                                 const std::map<std::string, std::string>& parameters) {
  const auto job = job_with(parameters);
  return attribution::explain_alone(*attribution::find_method(method).make(job, model), model, batch, job);
}

double target_logit(const attribution::Explanation& made, std::int64_t image) {
  return made.logits[image][made.targets[image].item<std::int64_t>()].item<double>();
}

double distance(const at::Tensor& a, const at::Tensor& b) {
  return ((a - b).norm() / b.norm()).item<double>();
}

}  // namespace sightline::tests
