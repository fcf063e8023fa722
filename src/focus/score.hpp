#pragma once

#include <cstdint>
#include <span>
#include <vector>

/// The Focus score (Arias-Duart et al., arXiv 2109.15035).
namespace sightline::focus {

/// How a mosaic is cut into tiles.
struct Tiling {
  int rows = 2;
  int columns = 2;
};

/// What happens to a cell that lies across a border of tiles: it belongs to one of them (borders are at
/// floor(height r / rows), so the second tile of two gets the larger part), or each tile gets its share of the area.
enum class Borders { whole_cells, by_area };

/// The positive relevance on each tile, row by row. map: height x width, row-major; what is not finite or not positive
/// does not count.
std::vector<double> tile_relevance(std::span<const float> map, int height, int width, Tiling tiling, Borders borders);

/// The same of superpixels: `values` by superpixel, `labels` height x width; the value holds for each of its pixels.
std::vector<double> tile_relevance(std::span<const float> values, std::span<const std::int64_t> labels, int height,
                                   int width, Tiling tiling);

/// The share of the positive relevance that lies on the target's tiles, in [0, 1]; NaN when there is none.
double focus(std::span<const double> tiles, const std::vector<bool>& is_target);

/// The pointing game (Zhang et al., arXiv 1608.00507): 1 when the most relevant pixel (the first of several) lies on a
/// tile of the target, else 0; NaN when no pixel is relevant. map: height x width, row-major; cut as by whole_cells.
double pointing_game(std::span<const float> map, int height, int width, Tiling tiling,
                     const std::vector<bool>& is_target);

}  // namespace sightline::focus
