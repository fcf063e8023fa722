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
  std::uint64_t half_file_size = 0;   ///< the same with --pixel-dtype float16
  double survey_seconds = 0.0;        ///< what a run takes before its first unit: a pass of every model, and the store
  std::vector<double> load_seconds;   ///< loading a model, by model
  std::vector<double> image_seconds;  ///< explaining one image with all methods, by model
  double masked_share = 0.0;          ///< of the image_seconds of all models: passes over masked images
  double mixed_time = 0.0;            ///< their time with --precision mixed, as a share of now; 0 = not measured
  double decode_seconds = 0.0;        ///< decoding one image and transforming it for the last model
  std::uint64_t memory = 0;           ///< bytes of a rank with its group of models
};

/// The store that the job would write: focus.h5 for --plan.stage focus, explanations.h5 otherwise.
std::filesystem::path planned_store(const ResolvedJob& job);

/// Takes all measurements. Loads `group`, the models that a rank holds together, and all others in turn. With each
/// model one forward pass and one backward pass to the input are timed, on at most --calibrate images; how many of
/// which a method needs, it says itself (attribution::Passes). Images are taken from `list`. With --calibrate 0 nothing
/// is timed, and only records and file sizes are set. Creates the store, which is sparse, in the temporary folder and
/// removes it. Warns of methods that do not fit a model. Throws base::Error as Explainer::survey,
/// refuse_methods_without_model and store::prepare_store, and Error(stopped) after a signal.
Measurements measure(const ResolvedJob& job, Explainer& explainer, const images::ImageList& list,
                     const plan::ModelGroup& group);

}  // namespace sightline::stages
