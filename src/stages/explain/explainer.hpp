#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stages/explain/batch_explainer.hpp"
#include "stages/explain/record_writer.hpp"

namespace sightline::stages {

/// What one look at every model of a job tells.
struct Survey {
  std::vector<store::ModelPlan> models;
  std::vector<store::SuperpixelPlan> superpixels;
  std::vector<std::vector<bool>> fits;  ///< [model][method]
  std::vector<std::string> misfits;     ///< one sentence for each pair that does not fit
  std::vector<double> costs;            ///< by model; proportional to its time for an image
};

/// Explains work units: holds one group of the job's models at a time, with their weights on this rank's device.
class Explainer {
 public:
  /// `batch`: the number of images in one pass (choose_batch).
  Explainer(const ResolvedJob& job, const models::DeviceChoice& device, std::size_t batch);

  std::size_t batch() const { return batch_; }

  /// Shows every model a grey picture; those that are not held are loaded for that moment. Throws one base::Error about
  /// all weights that are missing or do not fit.
  Survey survey();

  /// From now on these models, and no other, are in memory. Throws as `survey`.
  void hold(const plan::ModelGroup& models);
  /// The transforms that a group of models needs, each once.
  std::vector<images::Recipe> recipes(const plan::ModelGroup& models) const;

  /// What was written, and what it took.
  struct Written {
    std::int64_t records = 0;
    double model_seconds = 0.0;
  };
  /// Explains some images with every model of a group, which it holds from then on, and writes what is missing and
  /// could be read. One forward pass serves predictions, targets and all class activation maps. `chunk`: the images by
  /// the recipes of these models.
  Written explain(const plan::Batch& images, const plan::ModelGroup& models, const images::LoadedChunk& chunk,
                  const RecordTarget& target);

  /// Seconds that one batch, the images of the chunk, takes a model with all methods that fit; nothing is stored.
  double time(std::size_t model, const images::LoadedChunk& chunk, const std::vector<images::ImageEntry>& entries);

 private:
  std::size_t recipe_index(const LoadedModel& loaded) const;
  Written explain_batch(const LoadedModel& loaded, const plan::Batch& batch, const images::LoadedChunk& chunk,
                        const RecordTarget& target);

  const ResolvedJob& job_;
  models::DeviceChoice device_;
  std::vector<LoadedModel> held_;
  std::vector<images::Recipe> recipes_;  ///< of the held models
  std::size_t batch_;
  BatchExplainer batches_;
};

}  // namespace sightline::stages
