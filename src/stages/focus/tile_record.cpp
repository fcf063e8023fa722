#include "stages/focus/tile_record.hpp"

#include "focus/score.hpp"

namespace sightline::stages {

TileRecord tile_record(const focus::MosaicSet& set, std::size_t mosaic, attribution::MapKind kind,
                       const std::vector<std::int64_t>& shape, std::span<const float> values,
                       const attribution::Superpixels* superpixels) {
  const auto& one = set.mosaics[mosaic];
  const focus::Tiling tiling{set.rows, set.columns};
  std::vector<double> tiles;
  if (superpixels != nullptr) {
    const auto& labels = superpixels->labels;
    tiles =
        focus::tile_relevance(values, {labels.const_data_ptr<std::int64_t>(), static_cast<std::size_t>(labels.numel())},
                              static_cast<int>(labels.size(0)), static_cast<int>(labels.size(1)), tiling);
  } else {
    const auto borders = kind == attribution::MapKind::grid ? focus::Borders::by_area : focus::Borders::whole_cells;
    tiles = focus::tile_relevance(values, static_cast<int>(shape[0]), static_cast<int>(shape[1]), tiling, borders);
  }
  const auto is_target = one.is_target();
  return {{tiles.begin(), tiles.end()},
          {is_target.begin(), is_target.end()},
          static_cast<float>(focus::focus_score(tiles, is_target))};
}

}  // namespace sightline::stages
