#pragma once

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
  /// Explains the images of a unit with every model and writes what is missing and could be read. `rows`: the store's
  /// row of each image of the job. Halves the batch when memory runs out.
  Written explain(const plan::WorkUnit& unit, const images::LoadedChunk& chunk,
                  const std::vector<images::ImageEntry>& entries, const std::vector<std::uint64_t>& rows,
                  const Missing& missing, store::Explanations& store);

 private:
  struct Loaded {
    const models::ModelSpec* spec = nullptr;
    std::unique_ptr<models::Model> model;
    std::vector<std::unique_ptr<attribution::Method>> methods;
    std::size_t recipe = 0;
  };

  void load(const models::ModelSpec& spec);
  attribution::Batch make_batch(const Loaded& loaded, const plan::Batch& batch, const images::LoadedChunk& chunk,
                                const std::vector<images::ImageEntry>& entries) const;
  attribution::Explanation explain_within_memory(Loaded& loaded, const attribution::Method& method,
                                                 const attribution::Batch& batch);

  const ResolvedJob& job_;
  models::DeviceChoice device_;
  std::vector<images::Recipe> recipes_;
  std::vector<Loaded> models_;
  std::size_t batch_;
  std::size_t most_in_memory_;
};

}  // namespace sightline::app
