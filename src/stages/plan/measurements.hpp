#pragma once

#include <cstdint>
#include <filesystem>
#include <vector>

#include "stages/explain/explainer.hpp"

namespace sightline::stages {

/// The measurements that `plan` takes on this rank.
struct Measurements {
  std::int64_t records = 0;           ///< of the whole job: predictions and maps
  std::int64_t records_done = 0;      ///< records that the job's store holds already
  std::uint64_t file_size = 0;        ///< bytes of the finished store
  double survey_seconds = 0.0;        ///< surveying every model and creating the store
  std::vector<double> load_seconds;   ///< loading a model, by model
  std::vector<double> image_seconds;  ///< explaining one image with all methods, by model
  double decode_seconds = 0.0;        ///< decoding one image and transforming it for the last model
  std::uint64_t memory = 0;           ///< bytes, the peak so far
};

/// The store that the job would write: focus.h5 for --plan.stage focus, explanations.h5 otherwise.
std::filesystem::path planned_store(const ResolvedJob& job);

/// Measures what is known without explaining images: records, file size and survey_seconds. Creates the store, which is
/// sparse, in the temporary folder and removes it. Warns of methods that do not fit a model. Throws base::Error as
/// Explainer::survey, refuse_methods_without_model and store::prepare_store.
Measurements measure_store(const ResolvedJob& job, Explainer& explainer, const images::ImageList& list);

/// Loads every model in turn and explains --calibrate images with it, at most one batch. Adds load_seconds and
/// image_seconds, and sets decode_seconds; without images it does nothing. Throws as Explainer::hold and
/// BatchExplainer::explain.
void measure_models(const ResolvedJob& job, Explainer& explainer, const images::ImageList& list,
                    Measurements& measurements);

/// Loads the models of a group together and sets `memory`.
void measure_memory(const plan::ModelGroup& group, Explainer& explainer, Measurements& measurements);

}  // namespace sightline::stages
