#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "attribution/coalitions/superpixels.hpp"
#include "attribution/method.hpp"
#include "focus/mosaic.hpp"

namespace sightline::stages {

/// The data that are stored for a map on a mosaic. With --focus.maps on they are stored in addition to the map;
/// otherwise the relevance of the tiles replaces the map.
struct TileRecord {
  static constexpr auto kind = "tiles";
  static constexpr auto relevance_name = "tile_relevance";
  static constexpr auto targets_name = "target_tiles";
  static constexpr auto focus_name = "focus";
  static constexpr auto offending_name = "offending_features";  ///< with regions only, see MosaicMaps

  std::vector<float> relevance;  ///< the positive relevance of each tile, row by row
  std::vector<float> targets;    ///< for each tile, 1 = shows the target class, 0 = another class
  float focus;                   ///< the Focus score in [0, 1]; NaN = no positive relevance
};

/// Computes the record of the mosaic with this index in `set`. `values`: a map of that kind and shape; `superpixels`:
/// the label map of the mosaic for maps on superpixels, otherwise null.
TileRecord tile_record(const focus::MosaicSet& set, std::size_t mosaic, attribution::MapKind kind,
                       const std::vector<std::int64_t>& shape, std::span<const float> values,
                       const attribution::Superpixels* superpixels);

}  // namespace sightline::stages
