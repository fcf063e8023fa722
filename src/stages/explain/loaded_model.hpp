#pragma once

#include <memory>
#include <string>
#include <vector>

#include "attribution/method.hpp"
#include "images/transform.hpp"
#include "models/model.hpp"
#include "models/runtime.hpp"
#include "stages/run/resolved_job.hpp"
#include "store/explanations.hpp"

namespace sightline::stages {

/// A model of the job on this rank's device, with what the job's methods need to explain it.
struct LoadedModel {
  /// Throws base::Error when the weights are missing or do not fit. `index`: the model's place in the job.
  LoadedModel(const ResolvedJob& job, std::size_t index, const models::DeviceChoice& device);

  std::size_t index;
  const models::ModelSpec& spec;
  images::Recipe recipe;
  std::string cut;  ///< what of the recipe differs between models of one size (SuperpixelRule::key); empty = nothing
  std::int64_t height;  ///< of the pictures: the recipe's size, or so many tiles of it
  std::int64_t width;
  std::unique_ptr<models::Model> model;
  std::unique_ptr<models::Model> for_masked;                  ///< the same in bf16, with `--precision mixed`; else null
  std::vector<std::unique_ptr<attribution::Method>> methods;  ///< by the job's order; null = does not fit
  std::vector<std::string> misfits;                           ///< one sentence for each that does not fit
  std::vector<std::string> layers;                            ///< that any of them needs
  std::vector<std::string> watched;                           ///< likewise
  std::string region_layer;                                   ///< whose output describes regions; watched
};

/// The transform of a model's images.
images::Recipe recipe_of(const ResolvedJob& job, std::size_t model);

/// Grey pictures in front of the model.
attribution::Subject grey_subject(LoadedModel& loaded, std::int64_t count = 1);

/// What the store will hold of the model, by the shapes of `grey`'s maps. New label maps are added to `superpixels`.
store::ModelPlan plan_model(const ResolvedJob& job, const LoadedModel& loaded, attribution::Subject& grey,
                            std::vector<store::SuperpixelPlan>& superpixels);

}  // namespace sightline::stages
