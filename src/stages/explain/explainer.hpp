#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "stages/explain/batch_explainer.hpp"
#include "stages/explain/record_writer.hpp"

namespace sightline::stages {

/// The facts about a job's models that one grey image passed through each of them gives, before anything is explained.
struct Survey {
  std::vector<store::ModelPlan> models;            ///< what the store will hold, by model
  std::vector<store::SuperpixelPlan> superpixels;  ///< the label maps that the models' methods need
  std::vector<std::vector<bool>> fits;             ///< [model][method]: whether the method can explain the model
  std::vector<std::string> misfits;                ///< a sentence for each model and method that do not fit
  std::vector<double> costs;                       ///< seconds of a forward pass of one image, by model
};

/// Explains work units. Holds one group of the job's models at a time, with their weights on this rank's device.
class Explainer {
 public:
  /// `batch`: the number of images in one pass (choose_batch_size).
  Explainer(const ResolvedJob& job, const models::DeviceChoice& device, std::size_t batch);

  const ResolvedJob& job() const { return job_; }
  std::size_t batch() const { return batch_; }

  /// Passes a grey image through every model. Models that are not held are loaded and freed one after the other. Throws
  /// one base::Error that lists all weights that are missing or do not fit.
  Survey survey();

  /// Loads these models and frees all others; does nothing when exactly these are held. Throws as `survey`.
  void hold(const plan::ModelGroup& models);
  /// The transforms that a group of models needs, without duplicates.
  std::vector<images::Recipe> recipes(const plan::ModelGroup& models) const;

  /// The number of records that were written, and the time that the models took for them.
  struct Written {
    std::int64_t records = 0;
    double model_seconds = 0.0;
  };
  /// Explains images with every model of a group, which is held from then on, and writes the records that are missing
  /// and whose image could be read. One forward pass serves predictions, targets and all class activation maps.
  /// `chunk`: the images, transformed by recipes(models). Throws as `hold` and BatchExplainer::explain.
  Written explain(const plan::Batch& images, const plan::ModelGroup& models, const images::LoadedChunk& chunk,
                  const RecordTarget& target);

  /// Explains the images of the chunk as one batch, with one model and all methods that fit it. Returns the seconds
  /// that it took, without loading the model. Nothing is stored.
  double time_batch(std::size_t model, const images::LoadedChunk& chunk,
                    const std::vector<images::ImageEntry>& entries);

 private:
  std::size_t recipe_index(const LoadedModel& loaded) const;
  Written explain_batch(const LoadedModel& loaded, const plan::Batch& batch, const images::LoadedChunk& chunk,
                        const RecordTarget& target);

  const ResolvedJob& job_;
  models::DeviceChoice device_;
  std::vector<LoadedModel> held_;
  std::vector<images::Recipe> recipes_;  ///< recipes() of the held models
  std::size_t batch_;
  BatchExplainer batches_;
};

}  // namespace sightline::stages
