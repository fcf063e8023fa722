#include "stages/explain/loaded_model.hpp"

#include <algorithm>

#include <ATen/ops/zeros.h>

#include "base/error.hpp"
#include "base/stopwatch.hpp"
#include "base/text.hpp"
#include "models/model_parameters.hpp"
#include "stages/run/map_extension.hpp"

namespace sightline::stages {
namespace {

/// Appends those of `more` that are not in `all` yet.
void add_new(std::vector<std::string>& all, const std::vector<std::string>& more) {
  for (const auto& each : more) {
    if (std::find(all.begin(), all.end(), each) == all.end()) {
      all.push_back(each);
    }
  }
}

}  // namespace

LoadedModel::LoadedModel(const ResolvedJob& job, std::size_t model_index, c10::Device device)
    : index(model_index),
      spec(*job.models[model_index]),
      recipe(recipe_of(job, model_index)),
      resize_name(job.config.images.transforms == job::Transforms::model || recipe.jpeg_draft ||
                          recipe.perturbation != images::Perturbation::none
                      ? images::resize_name(recipe)
                      : ""),
      height(std::int64_t{recipe.size} * (job.extension ? job.extension->rows() : 1)),
      width(std::int64_t{recipe.size} * (job.extension ? job.extension->columns() : 1)) {
  const base::Stopwatch stopwatch;
  auto parameters = models::open_parameters(job.config.models.weights, spec);
  if (job.output == Output::features) {
    parameters = models::feature_parameters(std::move(parameters), spec);
  }
  const auto load = [&](at::ScalarType precision) {
    return std::make_unique<models::Model>(spec, *parameters, models::Placement{device, precision});
  };
  model = load(job.config.compute.precision == job::Precision::bf16 ? at::kBFloat16 : at::kFloat);
  if (job.config.compute.precision == job::Precision::mixed) {
    masked_model = load(at::kBFloat16);
  }
  if (job.extension) {
    watched = job.extension->watched(*model);
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
  load_seconds = stopwatch.seconds();
}

images::Recipe recipe_of(const ResolvedJob& job, std::size_t model) {
  const bool common = job.config.images.transforms == job::Transforms::common;
  // Common transforms are the same for every model. The Focus study crops the tiles of mosaics.
  auto recipe = common && job.crop_instead_of_stretch
                    ? images::Recipe{224, false, 0.875, images::Interpolation::bilinear}
                    : job.models[model]->recipe(common);
  recipe.jpeg_draft = job.config.images.jpeg_draft;
  recipe.perturbation = images::perturbation_named(job.config.images.perturb);
  return recipe;
}

attribution::Subject grey_subject(LoadedModel& loaded, std::int64_t count) {
  const auto pictures = at::zeros({count, 3, loaded.height, loaded.width}, loaded.model->device())
                            .contiguous(at::MemoryFormat::ChannelsLast);
  attribution::BatchRequest request{{job::Target::Rule::index, 0}, loaded.layers, loaded.watched};
  request.pass_size = count;
  request.masked_model = loaded.masked_model.get();
  return {*loaded.model, {pictures, std::vector<std::int64_t>(static_cast<std::size_t>(count), 0)}, request};
}

}  // namespace sightline::stages
