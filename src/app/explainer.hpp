#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "app/resolved_job.hpp"
#include "images/loader.hpp"
#include "models/model.hpp"
#include "models/runtime.hpp"
#include "plan/work_units.hpp"
#include "store/explanations.hpp"

namespace sightline::app {

/// Which records of the job are still to be made: [model][0 = prediction, 1 + m = method m][image of the job].
class Missing {
 public:
  Missing(std::size_t models, std::size_t records, std::size_t images)
      : records_(records), images_(images), flags_(models * records * images, '1') {}

  bool at(std::size_t model, std::size_t record, std::size_t image) const {
    return flags_[index(model, record, image)] == '1';
  }
  void clear(std::size_t model, std::size_t record, std::size_t image) { flags_[index(model, record, image)] = '0'; }
  /// Whether this record of any of the images is missing for the model.
  bool any(std::size_t model, std::size_t record, const plan::Batch& batch) const;
  /// Whether anything of any of the images is missing for the model.
  bool any(std::size_t model, const plan::Batch& batch) const;
  /// By image, over all models.
  std::vector<bool> by_image() const;
  std::int64_t count() const;

  /// For transport between ranks.
  const std::string& flags() const { return flags_; }
  void set_flags(std::string flags) { flags_ = std::move(flags); }

 private:
  std::size_t index(std::size_t model, std::size_t record, std::size_t image) const {
    return (model * records_ + record) * images_ + image;
  }

  std::size_t records_;
  std::size_t images_;
  std::string flags_;
};

/// The models of a job with their weights on this rank's device, and what it takes to explain images with them.
class Explainer {
 public:
  /// Throws one base::Error(input) about all weights that are missing or do not fit.
  Explainer(const ResolvedJob& job, const models::DeviceChoice& device);

  /// The transforms that the models need, each once.
  const std::vector<images::Recipe>& recipes() const { return recipes_; }
  /// Images in one pass: --batch, or what suits the device.
  std::size_t batch() const { return batch_; }
  /// What the store will hold; runs every model once on a grey picture to learn the shapes.
  std::vector<store::ModelPlan> store_plan();

  struct Written {
    std::int64_t records = 0;
    double model_seconds = 0.0;
  };
  /// What `explain` needs to know of the images and the store.
  struct Task {
    const images::LoadedChunk& chunk;
    const std::vector<images::ImageEntry>& entries;
    const std::vector<std::uint64_t>& rows;  ///< the store's row of each image of the job
    const Missing& missing;
    store::Explanations& store;
  };
  /// Explains the images of a unit with every model and writes what is missing and could be read. Predictions come from
  /// the first method's pass, or from a plain one when the job has no method. Halves the batch when memory runs out.
  Written explain(const plan::WorkUnit& unit, const Task& task);

 private:
  struct Loaded {
    std::size_t index = 0;  ///< in the job
    const models::ModelSpec* spec = nullptr;
    std::unique_ptr<models::Model> model;
    std::vector<std::unique_ptr<attribution::Method>> methods;
    std::size_t recipe = 0;
  };

  void load(const models::ModelSpec& spec);
  attribution::Batch make_batch(const Loaded& loaded, const plan::Batch& batch, const Task& task) const;
  /// Work on a batch in parts that fit into memory; its results, each joined along the images.
  using Work = std::function<std::vector<at::Tensor>(const attribution::Batch&)>;
  std::vector<at::Tensor> within_memory(const Loaded& loaded, const attribution::Batch& batch, const Work& work);
  void explain_batch(Loaded& loaded, const plan::Batch& batch, const Task& task, Written& written);
  std::int64_t write_predictions(const Loaded& loaded, const at::Tensor& logits, const plan::Batch& batch,
                                 const Task& task) const;
  std::int64_t write_maps(const Loaded& loaded, std::size_t method, const std::vector<at::Tensor>& made,
                          const plan::Batch& batch, const Task& task) const;

  const ResolvedJob& job_;
  models::DeviceChoice device_;
  std::vector<images::Recipe> recipes_;
  std::vector<Loaded> models_;
  std::size_t batch_;
  std::size_t most_in_memory_;
};

}  // namespace sightline::app
