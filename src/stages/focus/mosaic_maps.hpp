#pragma once

#include <memory>

#include "focus/mosaic.hpp"
#include "job/job_config.hpp"
#include "stages/run/map_extension.hpp"

namespace sightline::stages {

/// Stores with every map on a mosaic the relevance of its tiles, the Focus score, and the quality metrics of
/// --focus.metrics. For the command `bias` it also stores the features under the relevance that lies on the wrong tiles
/// (focus::offending_features).
class MosaicMaps : public MapExtension {
 public:
  /// `regions`: whether the offending features are stored. They are read from the layer --gradcam.layer.
  MosaicMaps(std::shared_ptr<const focus::MosaicSet> set, const job::JobConfig& config, bool regions)
      : set_(std::move(set)), config_(config), regions_(regions) {}

  std::int64_t rows() const override { return set_->image_rows(); }
  std::int64_t columns() const override { return set_->image_columns(); }
  bool stores_maps() const override { return config_.focus.maps; }
  std::vector<std::string> watched(const models::Model& model) const override;
  void plan(attribution::Subject& grey, store::MethodPlan& method) const override;
  std::unique_ptr<Batch> begin(attribution::Subject& subject, std::size_t first) const override;

 private:
  class MosaicBatch;
  std::string region_layer(const models::Model& model) const {
    return model.resolve_layer(config_.explain.gradcam_layer);
  }

  std::shared_ptr<const focus::MosaicSet> set_;
  job::JobConfig config_;
  bool regions_;
};

}  // namespace sightline::stages
