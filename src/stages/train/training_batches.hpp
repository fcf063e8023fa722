#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "comm/communicator.hpp"
#include "images/image.hpp"
#include "images/transform.hpp"
#include "models/model.hpp"
#include "stages/run/resolved_job.hpp"
#include "stages/train/training_images.hpp"

namespace sightline::stages {

/// The pictures of a batch that one rank has, as the model takes them; where there are none, a black one of the class
/// -100, which counts nowhere.
struct Share {
  std::int64_t pictures = 0;
  at::Tensor images;  ///< N x 3 x H x W, float32, normalised, channels-last
  at::Tensor labels;  ///< N, int64
};

/// The images that a model is trained with and validated on, batch by batch.
class TrainingBatches {
 public:
  TrainingBatches(const comm::Communicator& ranks, const job::JobConfig& config, const models::ModelSpec& spec,
                  const TrainingImages& images);

  /// Images in a batch of all ranks: --train-batch, at most as many as there are.
  std::int64_t batch() const { return batch_; }
  std::int64_t steps_per_epoch() const;

  /// This rank's share, every ranks-th picture, of the batch of step `step` (counted from 0 over all epochs). The order
  /// of an epoch and the crop of an image depend on the seed alone. Throws base::Error(input) for a picture that cannot
  /// be read (--on-bad-image fail).
  Share load(std::int64_t step);

  /// A picture for validation by the evaluation recipe, 1 x 3 x H x W; nothing when it cannot be read and such pictures
  /// are skipped.
  std::optional<at::Tensor> validation_input(std::size_t index);

 private:
  std::size_t picture_at(std::int64_t epoch, std::int64_t place);
  std::optional<images::Image> read(const images::ImageList& list, std::size_t index);
  at::Tensor normalised(const std::vector<images::Image>& pictures) const;

  const comm::Communicator& ranks_;
  const job::JobConfig& config_;
  const models::ModelSpec& spec_;
  const TrainingImages& images_;
  images::Recipe recipe_;
  std::int64_t batch_;
  std::set<std::string> skipped_;   ///< pictures that could not be read
  std::vector<std::size_t> order_;  ///< of the pictures in the epoch `order_epoch_`
  std::int64_t order_epoch_ = -1;
};

}  // namespace sightline::stages
