#include "stages/focus/mosaic_maps.hpp"

#include <algorithm>
#include <span>
#include <utility>

#include <ATen/ops/empty.h>

#include "attribution/quality/quality_metrics.hpp"
#include "base/text.hpp"
#include "focus/bias.hpp"
#include "stages/focus/tile_record.hpp"

namespace sightline::stages {

/// The extension for one batch of mosaics.
class MosaicMaps::MosaicBatch : public MapExtension::Batch {
 public:
  MosaicBatch(const MosaicMaps& all, attribution::Subject& subject, std::size_t first)
      : all_(all), subject_(subject), first_(first) {
    const attribution::JudgedBatch batch{subject, all.config_.focus.steps, target_tiles()};
    for (const auto& name : all.config_.focus.metrics) {
      judges_.emplace_back(name, attribution::find_quality_metric(name).begin(batch));
    }
  }

  void extend(const attribution::Method& method, attribution::Maps& maps) override {
    std::map<std::string, at::Tensor> details;
    if (!judges_.empty() || all_.regions_) {
      judge(attribution::relevance_of_pixels(method, maps.values, subject_), details);
    }
    auto relevance = add_tiles(method, maps.values, details);
    if (all_.stores_maps()) {
      details[TileRecord::relevance_name] = std::move(relevance);
      maps.details.merge(details);
    } else {
      maps = {std::move(relevance), std::move(details)};
    }
  }

 private:
  /// Adds the quality metrics and, with regions, the offending features to `details`. `relevance`: N x H x W.
  void judge(const at::Tensor& relevance, std::map<std::string, at::Tensor>& details) {
    for (const auto& [name, judge_maps] : judges_) {
      const auto values = judge_maps(relevance);
      auto numbers = at::empty({subject_.images()});
      std::transform(values.begin(), values.end(), numbers.mutable_data_ptr<float>(),
                     [](double value) { return static_cast<float>(value); });
      details[name] = numbers;
    }
    if (all_.regions_) {
      const auto features = subject_.as_grid(subject_.watched(all_.region_layer(subject_.model())));
      details[TileRecord::offending_name] = focus::offending_features(features, relevance, *all_.set_, first_);
    }
  }

  /// For each image of the batch, the tiles of the target class.
  std::vector<attribution::TargetTiles> target_tiles() const {
    std::vector<attribution::TargetTiles> tiles;
    const auto& set = *all_.set_;
    for (std::int64_t image = 0; image < subject_.images(); ++image) {
      tiles.push_back({set.rows, set.columns, set.mosaics[first_ + static_cast<std::size_t>(image)].is_target()});
    }
    return tiles;
  }

  /// Adds the target tiles and the Focus scores to `details`. Returns the relevance of the tiles, N x rows x columns.
  at::Tensor add_tiles(const attribution::Method& method, const at::Tensor& values,
                       std::map<std::string, at::Tensor>& details) {
    const auto plain = values.contiguous();
    const auto images = plain.size(0);
    const auto size = static_cast<std::size_t>(plain.numel() / images);
    const auto shape = plain.sizes().slice(1).vec();
    const std::vector<std::int64_t> grid = {images, all_.set_->rows, all_.set_->columns};
    auto relevance = at::empty(grid);
    auto targets = at::empty(grid);
    auto focus = at::empty({images});
    for (std::int64_t i = 0; i < images; ++i) {
      const auto* superpixels =
          method.superpixels() == nullptr ? nullptr : &subject_.superpixels(*method.superpixels(), i);
      const std::span map(plain.const_data_ptr<float>() + static_cast<std::size_t>(i) * size, size);
      const auto record =
          tile_record(*all_.set_, first_ + static_cast<std::size_t>(i), method.kind(), shape, map, superpixels);
      const auto tiles = static_cast<std::int64_t>(record.relevance.size());
      std::copy(record.relevance.begin(), record.relevance.end(), relevance.mutable_data_ptr<float>() + i * tiles);
      std::copy(record.targets.begin(), record.targets.end(), targets.mutable_data_ptr<float>() + i * tiles);
      focus.mutable_data_ptr<float>()[i] = record.focus;
    }
    details[TileRecord::targets_name] = targets;
    details[TileRecord::focus_name] = focus;
    return relevance;
  }

  const MosaicMaps& all_;
  attribution::Subject& subject_;
  std::size_t first_;
  /// Name and function of each metric of --focus.metrics.
  std::vector<std::pair<std::string, attribution::Judge>> judges_;
};

std::vector<std::string> MosaicMaps::watched(const models::Model& model) const {
  return regions_ ? std::vector{region_layer(model)} : std::vector<std::string>();
}

void MosaicMaps::plan(attribution::Subject& grey, store::MethodPlan& method) const {
  const store::Extent tiles = {static_cast<std::uint64_t>(set_->rows), static_cast<std::uint64_t>(set_->columns)};
  if (stores_maps()) {
    method.details[TileRecord::relevance_name] = tiles;
  } else {
    method.kind = TileRecord::kind;
    method.shape = tiles;
    method.half = false;
    method.details.clear();
  }
  method.details[TileRecord::targets_name] = tiles;
  method.details[TileRecord::focus_name] = {};
  for (const auto& name : config_.focus.metrics) {
    method.details[name] = {};
  }
  if (regions_) {
    const auto layer = region_layer(grey.model());
    const auto channels = grey.as_grid(grey.watched(layer)).size(1);
    method.details[TileRecord::offending_name] = {static_cast<std::uint64_t>(channels)};
    method.parameters["region_layer"] = layer;
  }
  if (!config_.focus.metrics.empty()) {
    method.parameters["focus.metrics"] = base::join(config_.focus.metrics, ",");
    method.parameters["focus.steps"] = std::to_string(config_.focus.steps);
  }
}

std::unique_ptr<MapExtension::Batch> MosaicMaps::begin(attribution::Subject& subject, std::size_t first) const {
  return std::make_unique<MosaicBatch>(*this, subject, first);
}

}  // namespace sightline::stages
