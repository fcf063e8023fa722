#pragma once

#include <filesystem>
#include <string>

#include "comm/communicator.hpp"
#include "models/runtime.hpp"
#include "stages/run/resolved_job.hpp"
#include "stages/train/training_images.hpp"

namespace sightline::stages {

/// How a fine-tuning ended.
struct FineTuned {
  bool stopped = false;  ///< by a signal; the checkpoint is written, running again goes on
  std::string summary;   ///< its row of tables/training.csv
};

/// collective. Trains the job's layers of model `index` by gradient descent, the images of every batch shared out over
/// the ranks, and writes weights/ID.safetensors (the best by validation accuracy, without --val the last),
/// tables/training_curve_LABEL.csv, and checkpoints/LABEL.safetensors, from which a later run goes on at the step that
/// it was written after: to the same bits on the same number of ranks. Throws base::Error(fault) when the loss is not
/// finite, and base::Error(input) when an epoch has come by without a picture that could be read.
FineTuned fine_tune(const comm::Communicator& ranks, const ResolvedJob& job, std::size_t index,
                    const TrainingImages& images, const models::DeviceChoice& device);

}  // namespace sightline::stages
