#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attribution/coalitions/superpixels.hpp"
#include "attribution/method.hpp"
#include "focus/mosaic.hpp"

namespace sightline::stages {

/// What is stored of a map on a mosaic: the positive relevance of each tile, which tiles are the target's, and the
/// Focus score. With --focus.maps on they lie beside the map itself; otherwise the tiles' relevance takes its place.
struct TileRecord {
  static constexpr auto kind = "tiles";
  static constexpr auto relevance_name = "tile_relevance";
  static constexpr auto targets_name = "target_tiles";
  static constexpr auto focus_name = "focus";
  static constexpr auto offending_name = "offending_features";  ///< for jobs with regions: focus/bias.hpp

  std::vector<float> relevance;  ///< tiles, row by row
  std::vector<float> targets;    ///< 1 or 0
  float focus;                   ///< NaN = no positive relevance
};

/// `values`: of a map of that kind and shape; `superpixels`: of the mosaic, for such maps.
TileRecord tile_record(const focus::MosaicSet& set, std::size_t mosaic, attribution::MapKind kind,
                       const std::vector<std::int64_t>& shape, std::span<const float> values,
                       const attribution::Superpixels* superpixels);

}  // namespace sightline::stages
