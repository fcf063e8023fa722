#pragma once

#include <cstdint>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "comm/communicator.hpp"
#include "images/formats/image.hpp"
#include "images/transform.hpp"
#include "models/model.hpp"
#include "stages/run/resolved_job.hpp"
#include "stages/train/training_images.hpp"

namespace sightline::stages {

/// The images of a batch that one rank computes, as input of the model. A rank without images has a single grey one (0
/// after normalisation) with the label -100, which the loss ignores.
struct BatchShare {
  std::int64_t pictures = 0;  ///< the number of images, without that grey one
  at::Tensor images;          ///< N x 3 x H x W, float32, normalised; channels-last but for that grey one
  at::Tensor labels;          ///< N, int64
};

/// Loads the images that a model is trained and validated with.
class TrainingBatches {
 public:
  TrainingBatches(const comm::Communicator& ranks, const job::JobConfig& config, const models::ModelSpec& spec,
                  const TrainingImages& images);

  /// The number of images in a batch over all ranks: --train-batch, but at most the number of training images.
  std::int64_t batch() const { return batch_; }
  /// The number of batches that hold every training image once; the last one may be smaller.
  std::int64_t steps_per_epoch() const;

  /// This rank's share of the batch of step `step`, which counts from 0 over all epochs: every ranks-th image. The
  /// order of the images and their random crops depend on the seed, the epoch and the image only. Throws
  /// base::Error(input) for an image that cannot be read, unless --on-bad-image is skip; it is then left out with a
  /// warning.
  BatchShare load(std::int64_t step);

  /// The validation image with this index, transformed by --transforms, 1 x 3 x H x W, normalised. Nothing when it
  /// cannot be read and --on-bad-image is skip; otherwise that throws base::Error(input).
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
  std::set<std::string> skipped_;   ///< paths of images that could not be read
  std::vector<std::size_t> order_;  ///< indices of the training images in the order of the epoch order_epoch_
  std::int64_t order_epoch_ = -1;
};

}  // namespace sightline::stages
