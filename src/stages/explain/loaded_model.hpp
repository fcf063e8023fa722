#pragma once

#include <memory>
#include <string>
#include <vector>

#include <c10/core/Device.h>

#include "attribution/method.hpp"
#include "images/transform.hpp"
#include "models/model.hpp"
#include "stages/run/resolved_job.hpp"
#include "store/explanations.hpp"

namespace sightline::stages {

/// A model of the job on this rank's device, with the job's methods for it.
struct LoadedModel {
  /// Loads the weights. `index`: the model's index in the job. Throws base::Error when the weights are missing or do
  /// not fit.
  LoadedModel(const ResolvedJob& job, std::size_t index, c10::Device device);

  std::size_t index;          ///< in the job
  double load_seconds = 0.0;  ///< what loading it took
  const models::ModelSpec& spec;
  images::Recipe recipe;  ///< recipe_of(job, index)
  /// images::resize_name of the recipe with --transforms model, --jpeg-draft on or --perturb (see SuperpixelRule::key),
  /// else empty.
  std::string resize_name;
  std::int64_t height;  ///< of the explained images in pixels: the recipe's size times MapExtension::rows
  std::int64_t width;   ///< in pixels, with MapExtension::columns
  std::unique_ptr<models::Model> model;
  std::unique_ptr<models::Model> masked_model;  ///< the bf16 copy for masked images with --precision mixed, else null
  /// In the job's order; null = the method does not fit the model.
  std::vector<std::unique_ptr<attribution::Method>> methods;
  std::vector<std::string> misfits;  ///< a sentence for each method that does not fit
  std::vector<std::string> layers;   ///< paths of the layers whose activation and gradient methods read
  std::vector<std::string> watched;  ///< paths of the layers whose output methods or the extension read
};

/// The transform of the images of the job's model with this index, by --transforms and
/// ResolvedJob::crop_instead_of_stretch.
images::Recipe recipe_of(const ResolvedJob& job, std::size_t model);

/// A batch of `count` grey images (all zero after normalisation) in front of the model, with class 0 as the target.
attribution::Subject grey_subject(LoadedModel& loaded, std::int64_t count = 1);

}  // namespace sightline::stages
