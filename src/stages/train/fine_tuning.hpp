#pragma once

#include <filesystem>
#include <string>

#include <c10/core/Device.h>

#include "comm/communicator.hpp"
#include "stages/run/resolved_job.hpp"
#include "stages/train/training_images.hpp"

namespace sightline::stages {

/// The outcome of fine-tuning one model.
struct FineTuningResult {
  bool stopped = false;  ///< a signal stopped it; the checkpoint is written and a later run continues
  std::string summary;   ///< the model's row of tables/training.csv; empty when stopped
};

/// collective. Trains the layers of --layers of the model `index` of the job by gradient descent. The images of
/// every batch are distributed over the ranks. Writes weights/ID.safetensors (the epoch with the best validation
/// accuracy, or the last epoch without --val), tables/training_curve_LABEL.csv, and checkpoints/LABEL.safetensors. A
/// later run continues after the step of the checkpoint, and gives the same bits on the same number of ranks. Throws
/// base::Error(fault) when the loss is not finite, base::Error(input) when no image of an epoch could be read, and as
/// TrainingBatches::load and restore_checkpoint.
FineTuningResult fine_tune(const comm::Communicator& ranks, const ResolvedJob& job, std::size_t index,
                           const TrainingImages& images, c10::Device device);

}  // namespace sightline::stages
