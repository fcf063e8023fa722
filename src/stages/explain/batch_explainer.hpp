#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "images/loader.hpp"
#include "plan/work_units.hpp"
#include "stages/explain/loaded_model.hpp"

namespace sightline::stages {

/// What one method made of a batch.
struct MethodMaps {
  attribution::Maps maps;    ///< with what the job's MapExtension added
  std::vector<bool> finite;  ///< by image: whether the method's map has neither NaN nor infinity
};

/// What a model and its methods made of a batch of N images; tensors are on the CPU and contiguous.
struct BatchResult {
  at::Tensor logits;                               ///< N x classes, float32
  at::Tensor targets;                              ///< N, int64: the explained classes
  std::vector<std::optional<MethodMaps>> methods;  ///< by the job's order; nothing for those that were not asked for
};

/// Explains batches with one model at a time, in parts that fit into the device's memory.
class BatchExplainer {
 public:
  /// `batch`: the number of images in one pass.
  BatchExplainer(const ResolvedJob& job, std::size_t batch) : job_(job), most_in_memory_(batch) {}

  /// Images `batch` of the job as the model takes them. `recipe`: the place of the model's recipe among those that the
  /// chunk was transformed by.
  static attribution::Batch assemble(const LoadedModel& loaded, std::size_t recipe, const plan::Batch& batch,
                                     const images::LoadedChunk& chunk, const std::vector<images::ImageEntry>& entries);

  /// Predictions and the maps of some of the job's methods. `first`: the index of the batch's first image in the job.
  /// Halves its parts when memory runs out. Throws base::Error(fault) when not even one image fits.
  BatchResult explain(const LoadedModel& loaded, const attribution::Batch& batch, std::size_t first,
                      const std::vector<std::size_t>& methods);

  /// The superpixels of the images since `forget_images`.
  const attribution::SuperpixelCache& superpixels() const { return superpixels_; }
  /// The next batches are of other images.
  void forget_images() { superpixels_.clear(); }

 private:
  BatchResult explain_part(const LoadedModel& loaded, const attribution::Batch& part, std::size_t first,
                           const std::vector<std::size_t>& methods);

  const ResolvedJob& job_;
  std::size_t most_in_memory_;
  attribution::SuperpixelCache superpixels_;
};

}  // namespace sightline::stages
