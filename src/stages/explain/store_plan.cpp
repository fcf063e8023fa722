#include "stages/explain/store_plan.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"
#include "models/model_parameters.hpp"
#include "stages/run/map_extension.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

std::string name_of(job::Precision precision) {
  switch (precision) {
    case job::Precision::fp32:
      return "fp32";
    case job::Precision::tf32:
      return "tf32";
    case job::Precision::bf16:
      return "bf16";
    case job::Precision::mixed:
      return "mixed";
  }
  return "";
}

store::Extent extent_of(const std::vector<std::int64_t>& shape) {
  return {shape.begin(), shape.end()};
}

store::MethodPlan plan_method(const ResolvedJob& job, const LoadedModel& loaded, std::size_t index,
                              attribution::Subject& grey, std::vector<store::SuperpixelPlan>& superpixels) {
  const auto& name = job.methods[index].name;
  const auto& method = *loaded.methods[index];
  store::MethodPlan planned{name, attribution::name_of(method.kind()), method.parameters(),
                            extent_of(method.shape(grey))};
  if (job.methods[index].spec->draws()) {
    planned.parameters[store::schema::seed] = std::to_string(job.config.seed);
  }
  planned.half =
      method.kind() == attribution::MapKind::pixels && job.config.explain.pixel_dtype == job::PixelDtype::float16;
  for (const auto& detail : method.details()) {
    planned.details[detail.name] = detail.per_feature ? planned.shape : store::Extent();
  }
  if (job.extension) {
    job.extension->plan(grey, planned);
  }
  if (const auto* rule = method.superpixels(); rule != nullptr && stores_maps(job)) {
    const auto size = grey.inputs().sizes().slice(2).vec();
    planned.superpixels = rule->key(size[0], size[1], loaded.resize_name);
    const auto same = [&](const store::SuperpixelPlan& other) { return other.key == planned.superpixels; };
    if (std::none_of(superpixels.begin(), superpixels.end(), same)) {
      superpixels.push_back({planned.superpixels, extent_of(size)});
    }
  }
  return planned;
}

}  // namespace

store::ModelPlan plan_model(const ResolvedJob& job, const LoadedModel& loaded, attribution::Subject& grey,
                            std::vector<store::SuperpixelPlan>& superpixels) {
  const auto& spec = loaded.spec;
  store::ModelPlan planned;
  planned.name = spec.label();
  planned.attributes = {{store::schema::timm_id, spec.id},
                        {store::schema::precision, name_of(job.config.compute.precision)},
                        {store::schema::weights, spec.file.empty() ? job.config.models.weights : spec.file.string()},
                        {store::schema::weights_sha256, models::parameters_identity(job.config.models.weights, spec)},
                        {store::schema::transforms, transforms_name(job.config.images)}};
  planned.input_size = loaded.recipe.size;
  planned.mean.assign(spec.mean.begin(), spec.mean.end());
  planned.std.assign(spec.std.begin(), spec.std.end());
  planned.classes = static_cast<std::uint64_t>(grey.logits().size(1));
  if (job.top_logits && *job.top_logits < planned.classes) {
    planned.top_logits = job.top_logits;
  }
  if (planned.classes == 1 && job.output == Output::logits) {
    throw base::input_error(
        "{}: the model has a single output, whose softmax is 1 for every image; give it two classes with the outputs 0 "
        "and z instead of z: their softmax is the sigmoid of z",
        spec.label());
  }
  const auto& target = job.config.explain.target;
  if (target.rule == job::Target::Rule::index && target.index >= grey.logits().size(1)) {
    throw base::usage_error("target: class {} does not exist in {}, which has {} classes", target.index, spec.label(),
                            planned.classes);
  }
  for (std::size_t method = 0; method < loaded.methods.size(); ++method) {
    if (loaded.methods[method]) {
      planned.methods.push_back(plan_method(job, loaded, method, grey, superpixels));
    }
  }
  return planned;
}

}  // namespace sightline::stages
