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
  std::int64_t height;  ///< of the explained images, in pixels: the recipe's size times the rows of pictures in them
  std::int64_t width;   ///< in pixels, by the columns
  std::unique_ptr<models::Model> model;
  std::unique_ptr<models::Model> for_masked;                  ///< the same in bf16, with `--precision mixed`; else null
  std::vector<std::unique_ptr<attribution::Method>> methods;  ///< by the job's order; null = does not fit
  std::vector<std::string> misfits;                           ///< one sentence for each method that does not fit
  std::vector<std::string> layers;                            ///< whose activation and gradient a method reads
  std::vector<std::string> watched;                           ///< whose output alone a method or the extension reads
};

/// The transform of a model's images.
images::Recipe recipe_of(const ResolvedJob& job, std::size_t model);

/// Grey pictures in front of the model.
attribution::Subject grey_subject(LoadedModel& loaded, std::int64_t count = 1);

}  // namespace sightline::stages
