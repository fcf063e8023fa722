// The pointing game (Zhang et al., arXiv 1608.00507): 1 when the most relevant pixel (the first of several) lies on a
// tile of the target, else 0; NaN when no pixel is relevant. Borders of tiles are at floor(height r / rows), so the
// second tile of two gets the larger part.

#include <algorithm>
#include <limits>
#include <span>

#include "attribution/quality/quality_metrics.hpp"

namespace sightline::attribution {
namespace {

/// The relevance if it is finite and positive, otherwise 0.
float positive(float value) {
  return value > 0.0F && value <= std::numeric_limits<float>::max() ? value : 0.0F;
}

/// The last of `parts` parts whose border is at or before the cell.
std::int64_t part_of(std::int64_t cell, std::int64_t cells, std::int64_t parts) {
  std::int64_t found = 0;
  while (found + 1 < parts && cells * (found + 1) / parts <= cell) {
    ++found;
  }
  return found;
}

double point(std::span<const float> map, std::int64_t height, std::int64_t width, const TargetTiles& tiles) {
  const auto most =
      std::max_element(map.begin(), map.end(), [](float a, float b) { return positive(a) < positive(b); });
  if (positive(*most) == 0.0F) {
    return std::numeric_limits<double>::quiet_NaN();
  }
  const auto pixel = most - map.begin();
  const auto tile =
      part_of(pixel / width, height, tiles.rows) * tiles.columns + part_of(pixel % width, width, tiles.columns);
  return tiles.is_target[static_cast<std::size_t>(tile)] ? 1.0 : 0.0;
}

}  // namespace

QualityMetric pointing_game() {
  return {"pointing_game", /*low_is_good=*/false, "no pass", [](const JudgedBatch& batch) {
            return [tiles = batch.tiles](const at::Tensor& relevance) {
              const auto maps = relevance.contiguous();
              const auto pixels = static_cast<std::size_t>(maps.size(1) * maps.size(2));
              std::vector<double> hits;
              for (std::size_t i = 0; i < tiles.size(); ++i) {
                const std::span map(maps.const_data_ptr<float>() + i * pixels, pixels);
                hits.push_back(point(map, maps.size(1), maps.size(2), tiles[i]));
              }
              return hits;
            };
          }};
}

}  // namespace sightline::attribution
