#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "images/loader.hpp"
#include "plan/work_units.hpp"
#include "stages/explain/loaded_model.hpp"

namespace sightline::stages {

/// The maps of one method for a batch.
struct MethodMaps {
  attribution::Maps maps;    ///< after the job's MapExtension, if there is one
  std::vector<bool> finite;  ///< by image: whether the method's map has neither NaN nor infinity
};

/// The predictions and maps of one model for a batch of N images. Tensors are on the CPU and contiguous. An image with
/// a logit that is NaN or infinite has no predicted class; its target is -1 and its maps are NaN.
struct BatchResult {
  at::Tensor logits;                               ///< N x classes, float32
  at::Tensor predictions;                          ///< N, int64: the predicted classes; -1 = none
  at::Tensor targets;                              ///< N, int64: the explained classes
  std::vector<std::optional<MethodMaps>> methods;  ///< in the job's order; empty for methods that were not requested
};

/// Explains batches with one model at a time. A batch that does not fit into the device's memory is divided.
class BatchExplainer {
 public:
  /// `batch`: the number of images in one pass (choose_batch_size).
  BatchExplainer(const ResolvedJob& job, std::size_t batch) : job_(job), images_per_pass_(batch) {}

  /// The images batch.first .. batch.first + batch.count - 1 of the job as input of the model: normalised and on its
  /// device. `recipe`: the index of the model's recipe in chunk.by_recipe; `entries`: the images of the job.
  static attribution::Batch assemble(const LoadedModel& loaded, std::size_t recipe, const plan::Batch& batch,
                                     const images::LoadedChunk& chunk, const std::vector<images::ImageEntry>& entries);

  /// Computes the predictions, and the maps of the job's methods whose indices are in `methods`. `first`: the index of
  /// the batch's first image in the job. When memory runs out, the number of images in one pass is halved, for later
  /// batches too. Throws base::Error(fault) when not even one image fits, and for other errors of LibTorch.
  BatchResult explain(const LoadedModel& loaded, const attribution::Batch& batch, std::size_t first,
                      const std::vector<std::size_t>& methods);

  /// The superpixels of the images that were explained since the last `forget_images`.
  const attribution::SuperpixelCache& superpixels() const { return superpixels_; }
  /// Frees the superpixels. To be called when the next batches have other images.
  void forget_images() { superpixels_.clear(); }

 private:
  BatchResult explain_part(const LoadedModel& loaded, const attribution::Batch& part, std::size_t first,
                           const std::vector<std::size_t>& methods);

  const ResolvedJob& job_;
  std::size_t images_per_pass_;
  attribution::SuperpixelCache superpixels_;
};

}  // namespace sightline::stages
