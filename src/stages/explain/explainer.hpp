#pragma once

#include <map>
#include <string>
#include <vector>

#include "images/loader.hpp"
#include "plan/work_units.hpp"
#include "stages/explain/loaded_model.hpp"
#include "stages/explain/missing.hpp"
#include "stages/run/map_quality.hpp"
#include "stages/run/tile_record.hpp"

namespace sightline::stages {

/// Explains work units: holds one group of the job's models at a time, with their weights on this rank's device.
class Explainer {
 public:
  /// `batch`: images in one pass (choose_batch).
  Explainer(const ResolvedJob& job, const models::DeviceChoice& device, std::size_t batch);

  std::size_t batch() const { return batch_; }

  /// What one look at every model tells.
  struct Survey {
    std::vector<store::ModelPlan> models;
    std::vector<store::SuperpixelPlan> superpixels;
    std::vector<std::vector<bool>> fits;  ///< [model][method]
    std::vector<std::string> misfits;     ///< one sentence for each pair that does not fit
    std::vector<double> costs;            ///< by model; proportional to its time for an image
  };
  /// Shows every model a grey picture; those that are not held are loaded for that moment. Throws one base::Error about
  /// all weights that are missing or do not fit.
  Survey survey();

  /// From now on these models, and no other, are in memory. Throws as `survey`.
  void hold(const plan::ModelGroup& models);
  /// The transforms that a group of models needs, each once.
  std::vector<images::Recipe> recipes(const plan::ModelGroup& models) const;

  struct Written {
    std::int64_t records = 0;
    double model_seconds = 0.0;
  };
  /// What `explain` needs to know of the images and the store.
  struct Task {
    const images::LoadedChunk& chunk;  ///< by the recipes of the models
    const std::vector<images::ImageEntry>& entries;
    const std::vector<std::uint64_t>& rows;  ///< the store's row of each image of the job
    const Missing& missing;
    store::Explanations& store;
  };
  /// Explains some images with every model of a group, which it holds from then on, and writes what is missing and
  /// could be read. One forward pass serves predictions, targets and all class activation maps. Halves the batch when
  /// memory runs out.
  Written explain(const plan::Batch& images, const plan::ModelGroup& models, const Task& task);

  /// Seconds that one batch, the images of the chunk, takes a model with all methods that fit; nothing is stored.
  double time(std::size_t model, const images::LoadedChunk& chunk, const std::vector<images::ImageEntry>& entries);

 private:
  /// What was made of a batch, by name: `logits`, `targets`, and METHOD or METHOD/DETAIL for method number METHOD.
  using Made = std::map<std::string, at::Tensor>;

  void look_at(LoadedModel& loaded, Survey& survey) const;
  attribution::Batch make_batch(const LoadedModel& loaded, const plan::Batch& batch, const images::LoadedChunk& chunk,
                                const std::vector<images::ImageEntry>& entries) const;
  void explain_batch(LoadedModel& loaded, const plan::Batch& batch, const Task& task, Written& written);
  /// Predictions and the maps of some methods, in parts that fit into memory. `first`: the batch's first image in the
  /// job.
  Made within_memory(const LoadedModel& loaded, const attribution::Batch& batch, std::size_t first,
                     const std::vector<std::size_t>& methods);
  Made explain_part(const LoadedModel& loaded, const attribution::Batch& part, std::size_t first,
                    const std::vector<std::size_t>& methods);
  /// Adds METHOD/METRIC for each of --focus.metrics.
  void judge(const JudgedMaps& maps, const std::string& method, Made& made) const;
  std::int64_t write_predictions(const LoadedModel& loaded, const at::Tensor& logits, const plan::Batch& batch,
                                 const Task& task) const;
  std::int64_t write_maps(const LoadedModel& loaded, std::size_t method, const Made& made, const plan::Batch& batch,
                          const Task& task) const;
  TileRecord tiles_of(const LoadedModel& loaded, const attribution::Method& method, std::span<const float> values,
                      const at::Tensor& maps, const std::string& id, std::size_t mosaic) const;
  void add_tiles(const TileRecord& tiles, store::MapRecord& record) const;
  void write_superpixels(const LoadedModel& loaded, const attribution::SuperpixelRule& rule, std::size_t image,
                         const Task& task) const;

  const ResolvedJob& job_;
  models::DeviceChoice device_;
  std::vector<LoadedModel> held_;
  std::vector<images::Recipe> recipes_;       ///< of the held models
  attribution::SuperpixelCache superpixels_;  ///< of the unit's images
  std::size_t batch_;
  std::size_t most_in_memory_;
};

}  // namespace sightline::stages
