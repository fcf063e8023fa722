#pragma once

#include <cstdint>
#include <functional>
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
  /// Seconds of one image's record, about, [model][record]; record 0 is the prediction, 1 + m the map of method m.
  std::vector<std::vector<double>> record_seconds;
};

/// The time of a pass in passes forward: a backward pass takes about two of them.
inline double forward_passes(bool backward) {
  return backward ? 3.0 : 1.0;
}

/// Seconds of one image in each kind of pass through a model.
struct PassSeconds {
  double shared = 0.0;    ///< the pass that all methods share, back to the layers that they read
  double forward = 0.0;   ///< forward
  double masked = 0.0;    ///< forward, through the model for masked images
  double gradient = 0.0;  ///< forward and backward to the input
};

/// About how many seconds each record of one image takes: the prediction, then the methods in the job's order.
std::vector<double> record_seconds(const LoadedModel& loaded, attribution::Subject& grey, const PassSeconds& pass);

/// Explains work units. Holds one group of the job's models at a time, with their weights on this rank's device.
class Explainer {
 public:
  /// `batch`: the number of images in one pass (choose_batch_size).
  Explainer(const ResolvedJob& job, c10::Device device, std::size_t batch);

  const ResolvedJob& job() const { return job_; }
  std::size_t batch() const { return batch_; }
  c10::Device device() const { return device_; }
  /// The number of threads that read and decode images (--decode-threads).
  std::size_t decode_threads() const;

  /// Passes a grey image through every model. Models that are not held are loaded and freed one after the other;
  /// `visit`, which may be empty, is called with each of them. Throws one base::Error that lists all weights that are
  /// missing or do not fit, and Error(stopped) after a signal.
  Survey survey(const std::function<void(LoadedModel&)>& visit = {});

  /// Loads these models and frees all others; does nothing when exactly these are held. Throws as `survey`.
  void hold(const plan::ModelGroup& models);
  /// The transforms that a group of models needs, without duplicates.
  std::vector<images::Recipe> recipes(const plan::ModelGroup& models) const;

  /// Explains the images of a work unit with every model of its group, which is held from then on, and writes the
  /// records that are missing and whose image could be read, each as soon as it is made. One forward pass serves
  /// predictions, targets and all class activation maps. `batches`: those that have images of the unit; `chunk`: their
  /// images, transformed by recipes(models). Throws as `hold` and BatchExplainer::explain, and what before_pass throws.
  void explain(const plan::WorkUnit& unit, const std::vector<plan::Batch>& batches, const plan::ModelGroup& models,
               const images::LoadedChunk& chunk, RecordTarget& target);

  /// See BatchExplainer::before_pass.
  void before_pass(BatchExplainer::BeforePass call) { batches_.before_pass(std::move(call)); }

 private:
  std::size_t recipe_index(const LoadedModel& loaded) const;

  const ResolvedJob& job_;
  c10::Device device_;
  std::vector<LoadedModel> held_;
  std::vector<images::Recipe> recipes_;  ///< recipes() of the held models
  std::size_t batch_;
  BatchExplainer batches_;
};

}  // namespace sightline::stages
