#pragma once

#include <cmath>
#include <cstdint>
#include <filesystem>
#include <set>
#include <string>

#include "models/weights/parameters.hpp"
#include "training/fine_tune.hpp"

namespace sightline::stages {

/// Everything that the next step of a fine-tuning depends on, besides the optimizer.
struct TrainingState {
  models::NamedTensors parameters;
  std::set<std::string> changing;  ///< the trained parameters and the running statistics that follow the batches
  std::int64_t step = 0;           ///< how many have been taken
  double loss_sum = 0.0;           ///< of the pictures of this epoch
  double seen = 0.0;               ///< pictures of this epoch
  models::NamedTensors best;       ///< `changing`, as they were after the best epoch
  double best_accuracy = std::nan("");
  std::int64_t best_epoch = 0;
  std::string curve;  ///< rows of tables/training_curve_LABEL.csv
};

/// Writes the state aside and renames it. `identity`: what must not change between two runs. Throws base::Error(fault).
void save_checkpoint(const std::filesystem::path& file, const std::string& identity, const TrainingState& state,
                     const training::Optimizer& optimizer);

/// The state that `save_checkpoint` wrote, on `device`; nothing changes when there is no such
/// file. Throws base::Error(usage) when it was written with another identity.
void restore_checkpoint(const std::filesystem::path& file, const std::string& identity, c10::Device device,
                        TrainingState& state, training::Optimizer& optimizer);

}  // namespace sightline::stages
