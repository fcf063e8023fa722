#include "stages/train/trained_weights.hpp"

#include <filesystem>

#include <ATen/ops/zeros.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "models/model_parameters.hpp"
#include "models/weights/safetensors.hpp"
#include "stages/run/version.hpp"

namespace sightline::stages {

namespace fs = std::filesystem;

models::NamedTensors initial_parameters(const ResolvedJob& job, const models::ModelSpec& spec, std::int64_t classes) {
  const auto source = models::open_parameters(job.config.models.weights, spec);
  auto parameters = models::load_parameters(*source, spec);
  for (auto& [name, tensor] : parameters) {
    tensor = tensor.clone();  // weights files are mapped into memory read-only
  }
  const auto classifier = models::classifier_of(spec);
  auto& weight = parameters.at(classifier + ".weight");
  if (weight.size(0) != classes) {
    auto shape = weight.sizes().vec();
    shape[0] = classes;
    weight = at::zeros(shape);
    parameters.at(classifier + ".bias") = at::zeros({classes});
  }
  return parameters;
}

void write_weights(const ResolvedJob& job, const models::ModelSpec& spec, const models::NamedTensors& parameters,
                   const std::vector<std::string>& classes) {
  const bool common = job.config.images.transforms == job::Transforms::common;
  const auto folder = fs::path(job.config.output) / "weights";
  base::make_writable_folder(folder);
  models::write_safetensors(folder / (spec.id + ".safetensors"), parameters,
                            {{"format", "pt"},
                             {"timm_id", spec.id},
                             {"class_names", nlohmann::json(classes).dump()},
                             {"transforms", transforms_name(job.config.images)},
                             {"input_size", std::to_string(spec.recipe(common).size)},
                             {"mean", nlohmann::json(spec.mean).dump()},
                             {"std", nlohmann::json(spec.std).dump()},
                             {"trained_from", models::parameters_identity(job.config.models.weights, spec)},
                             {"program", program_version()}});
}

}  // namespace sightline::stages
