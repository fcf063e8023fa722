#pragma once

#include <cstddef>
#include <functional>
#include <vector>

#include "images/loader.hpp"
#include "plan/work_units.hpp"
#include "stages/explain/loaded_model.hpp"

namespace sightline::stages {

/// The predictions of one model for consecutive images. Tensors are on the CPU and contiguous. An image with a logit
/// that is NaN or infinite has no predicted class.
struct BatchPredictions {
  std::size_t first;       ///< index of the first image in the job
  at::Tensor logits;       ///< N x classes, float32
  at::Tensor predictions;  ///< N, int64: the predicted classes; -1 = none
};

/// The maps of one method and model for consecutive images. The map of an image without a predicted class is NaN.
struct BatchMaps {
  std::size_t method;        ///< index in the job
  std::size_t first;         ///< index of the first image in the job
  attribution::Maps maps;    ///< N maps, after the job's MapExtension, if there is one; on the CPU and contiguous
  std::vector<bool> finite;  ///< by image: whether the method's map has neither NaN nor infinity
  at::Tensor targets;        ///< N, int64: the explained classes; -1 for an image without a predicted class
};

/// Takes what BatchExplainer makes, piece by piece as it is finished, and says what is still wanted.
class ResultSink {
 public:
  virtual ~ResultSink() = default;
  /// Whether the maps of a method are wanted for one of these images. `method`: its index in the job.
  virtual bool wants(std::size_t method, const plan::Batch& images) const = 0;
  virtual void take(const BatchPredictions& made) = 0;
  virtual void take(const BatchMaps& made) = 0;
};

/// Explains batches with one model at a time. A batch that does not fit into the device's memory is divided.
class BatchExplainer {
 public:
  /// Called before every pass: the model's index in the job, the number of images in the pass, and whether a backward
  /// pass follows. What it throws ends the work; finished results have been taken by then.
  using BeforePass = std::function<void(std::size_t model, std::int64_t images, bool backward)>;

  /// `batch`: the number of images in one pass (choose_batch_size).
  BatchExplainer(const ResolvedJob& job, std::size_t batch) : job_(job), images_per_pass_(batch) {}

  void before_pass(BeforePass call) { before_pass_ = std::move(call); }

  /// The images batch.first .. batch.first + batch.count - 1 of the job as input of the model: normalised and on its
  /// device. `recipe`: the index of the model's recipe in chunk.by_recipe; `entries`: the images of the job.
  static attribution::Batch assemble(const LoadedModel& loaded, std::size_t recipe, const plan::Batch& batch,
                                     const images::LoadedChunk& chunk, const std::vector<images::ImageEntry>& entries);

  /// Computes the predictions, and the maps that `sink` wants, method by method. `first`: the index of the batch's
  /// first image in the job. A method that passes many variants of an image through the model explains a few images at
  /// a time, so that a map is finished soon after it was begun; which images is fixed by the job alone. When memory
  /// runs out, the number of images in one pass is halved, for later batches too. Throws base::Error(fault) when not
  /// even one image fits, and for other errors of LibTorch.
  void explain(const LoadedModel& loaded, const attribution::Batch& batch, std::size_t first, ResultSink& sink);

  /// The superpixels of the images that were explained since the last `forget_images`.
  const attribution::SuperpixelCache& superpixels() const { return superpixels_; }
  /// Frees the superpixels. To be called when the next batches have other images.
  void forget_images() { superpixels_.clear(); }

 private:
  void explain_part(const LoadedModel& loaded, const attribution::Batch& part, std::size_t first, ResultSink& sink);

  const ResolvedJob& job_;
  std::size_t images_per_pass_;
  BeforePass before_pass_;
  attribution::SuperpixelCache superpixels_;
};

/// How many images a method explains together: the fewest whose variants fill several passes, so that little is lost by
/// a last pass that is not full. `passes`: of one image.
std::size_t images_together(const attribution::Passes& passes, std::size_t images_per_pass);

}  // namespace sightline::stages
