#include "stages/explain/loaded_model.hpp"

#include <algorithm>

#include <ATen/ops/zeros.h>

#include "base/error.hpp"
#include "base/text.hpp"
#include "models/model_parameters.hpp"
#include "stages/run/tile_record.hpp"
#include "store/schema.hpp"

namespace sightline::stages {
namespace {

std::string name_of(job::Precision precision) {
  switch (precision) {
    case job::Precision::fp32:
      return "fp32";
    case job::Precision::bf16:
      return "bf16";
    case job::Precision::mixed:
      return "mixed";
  }
  return "";
}

void add_new(std::vector<std::string>& all, const std::vector<std::string>& more) {
  for (const auto& each : more) {
    if (std::find(all.begin(), all.end(), each) == all.end()) {
      all.push_back(each);
    }
  }
}

store::Extent extent_of(const std::vector<std::int64_t>& shape) {
  return {shape.begin(), shape.end()};
}

/// What is stored of a map on a mosaic: see tile_record.hpp.
void plan_tiles(const ResolvedJob& job, const LoadedModel& loaded, attribution::Subject& grey,
                store::MethodPlan& planned) {
  const store::Extent tiles = {static_cast<std::uint64_t>(job.mosaics->rows),
                               static_cast<std::uint64_t>(job.mosaics->columns)};
  if (stores_maps(job)) {
    planned.details[TileRecord::relevance_name] = tiles;
  } else {
    planned.kind = TileRecord::kind;
    planned.shape = tiles;
    planned.half = false;
    planned.details.clear();
  }
  planned.details[TileRecord::targets_name] = tiles;
  planned.details[TileRecord::focus_name] = {};
  for (const auto& name : job.config.focus_metrics) {
    planned.details[name] = {};
  }
  if (job.regions) {
    const auto channels = grey.as_grid(grey.watched(loaded.region_layer)).size(1);
    planned.details[TileRecord::offending_name] = {static_cast<std::uint64_t>(channels)};
    planned.parameters["region_layer"] = loaded.region_layer;
  }
  if (!job.config.focus_metrics.empty()) {
    planned.parameters["focus.metrics"] = base::join(job.config.focus_metrics, ",");
    planned.parameters["focus.steps"] = std::to_string(job.config.focus_steps);
  }
}

store::MethodPlan plan_method(const ResolvedJob& job, const LoadedModel& loaded, std::size_t index,
                              attribution::Subject& grey, std::vector<store::SuperpixelPlan>& superpixels) {
  const auto& name = job.methods[index].name;
  const auto& method = *loaded.methods[index];
  store::MethodPlan planned{name, attribution::name_of(method.kind()), method.parameters(),
                            extent_of(method.shape(grey))};
  planned.half = method.kind() == attribution::MapKind::pixels && job.config.pixel_dtype == job::PixelDtype::float16;
  for (const auto& detail : method.details()) {
    planned.details[detail.name] = detail.per_feature ? planned.shape : store::Extent();
  }
  if (job.mosaics) {
    plan_tiles(job, loaded, grey, planned);
  }
  if (const auto* rule = method.superpixels(); rule != nullptr && stores_maps(job)) {
    const auto size = grey.inputs().sizes().slice(2).vec();
    planned.superpixels = rule->key(size[0], size[1], loaded.cut);
    const auto same = [&](const store::SuperpixelPlan& other) { return other.key == planned.superpixels; };
    if (std::none_of(superpixels.begin(), superpixels.end(), same)) {
      superpixels.push_back({planned.superpixels, extent_of(size)});
    }
  }
  return planned;
}

}  // namespace

LoadedModel::LoadedModel(const ResolvedJob& job, std::size_t model_index, const models::DeviceChoice& device)
    : index(model_index),
      spec(*job.models[model_index]),
      recipe(recipe_of(job, model_index)),
      cut(job.config.transforms == job::Transforms::model ? images::name_of_cut(recipe) : ""),
      height(std::int64_t{recipe.size} * (job.mosaics ? job.mosaics->height() : 1)),
      width(std::int64_t{recipe.size} * (job.mosaics ? job.mosaics->width() : 1)) {
  auto parameters = models::open_parameters(job.config.weights, spec);
  if (job.features) {
    parameters = models::feature_parameters(std::move(parameters), spec);
  }
  const auto load = [&](at::ScalarType precision) {
    return std::make_unique<models::Model>(spec, *parameters, models::Placement{device.device(), precision});
  };
  model = load(job.config.precision == job::Precision::bf16 ? at::kBFloat16 : at::kFloat);
  if (job.config.precision == job::Precision::mixed) {
    for_masked = load(at::kBFloat16);
  }
  if (job.regions) {
    region_layer = model->resolve_layer(job.config.gradcam_layer);
    watched.push_back(region_layer);
  }
  for (const auto& choice : job.methods) {
    try {
      methods.push_back(choice.make(job.config, *model));
      add_new(layers, methods.back()->layers());
      add_new(watched, methods.back()->watched());
    } catch (const attribution::DoesNotFit& reason) {
      methods.push_back(nullptr);
      misfits.push_back(fmt::format("{} does not fit {}: {}", choice.name, spec.label(), reason.what()));
    }
  }
}

images::Recipe recipe_of(const ResolvedJob& job, std::size_t model) {
  const bool common = job.config.transforms == job::Transforms::common;
  // The same for every model; tiles are cropped, as the Focus study does, whole pictures are stretched.
  return common && job.as_tiles ? images::Recipe{224, false, 0.875, images::Interpolation::bilinear}
                                : job.models[model]->recipe(common);
}

attribution::Subject grey_subject(LoadedModel& loaded, std::int64_t count) {
  const auto pictures = at::zeros({count, 3, loaded.height, loaded.width}, loaded.model->device())
                            .contiguous(at::MemoryFormat::ChannelsLast);
  attribution::View view{{job::Target::Rule::index, 0}, loaded.layers, loaded.watched};
  view.pass_size = count;
  view.for_masked = loaded.for_masked.get();
  return {*loaded.model, {pictures, std::vector<std::int64_t>(static_cast<std::size_t>(count), 0)}, view};
}

store::ModelPlan plan_model(const ResolvedJob& job, const LoadedModel& loaded, attribution::Subject& grey,
                            std::vector<store::SuperpixelPlan>& superpixels) {
  const auto& spec = loaded.spec;
  store::ModelPlan planned;
  planned.name = spec.label();
  planned.facts = {{store::schema::timm_id, spec.id},
                   {store::schema::precision, name_of(job.config.precision)},
                   {store::schema::weights, spec.file.empty() ? job.config.weights : spec.file.string()},
                   {store::schema::weights_sha256, models::parameters_identity(job.config.weights, spec)},
                   {store::schema::transforms, job.config.transforms == job::Transforms::common ? "common" : "model"}};
  planned.input_size = loaded.recipe.size;
  planned.mean.assign(spec.mean.begin(), spec.mean.end());
  planned.std.assign(spec.std.begin(), spec.std.end());
  planned.classes = static_cast<std::uint64_t>(grey.logits().size(1));
  const auto& target = job.config.target;
  if (target.rule == job::Target::Rule::index && target.index >= grey.logits().size(1)) {
    throw base::usage_error("target: class {} does not exist in {}, which knows {}", target.index, spec.label(),
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
