#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

#include "models/weights/parameters.hpp"
#include "training/fine_tune.hpp"

namespace sightline::stages {

/// The state of a fine-tuning after a step, without the optimizer's.
struct TrainingState {
  models::NamedTensors parameters;  ///< all parameters of the model
  /// Names of the trained parameters and of the running statistics that batches change.
  std::set<std::string> updated_names;
  std::int64_t step = 0;      ///< the number of steps that were taken
  double loss_sum = 0.0;      ///< sum of the losses over the images of this epoch
  double epoch_images = 0.0;  ///< number of images of this epoch so far
  models::NamedTensors best;  ///< the tensors of updated_names after the best epoch; empty before the first ends
  double best_accuracy = std::nan("");  ///< validation accuracy of the best epoch; NaN without validation images
  std::int64_t best_epoch = 0;          ///< counted from 1; 0 = no epoch has ended yet
  std::string curve;                    ///< rows of tables/training_curve_LABEL.csv
};

/// Writes the state and the optimizer's to `file`; an existing file is replaced in one step. `identity`: text that
/// describes everything that must be the same in a run that continues. Throws base::Error(fault) when the file cannot
/// be written.
void save_checkpoint(const std::filesystem::path& file, const std::string& identity, const TrainingState& state,
                     const training::Optimizer& optimizer);

/// Replaces `state` and the optimizer's state by those that `save_checkpoint` wrote, with tensors on `device`. Does
/// nothing when the file does not exist. Throws base::Error(usage) when it was written with another identity.
void restore_checkpoint(const std::filesystem::path& file, const std::string& identity, c10::Device device,
                        TrainingState& state, training::Optimizer& optimizer);

}  // namespace sightline::stages
