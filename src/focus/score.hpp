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

/// The same for superpixels. values: one number per superpixel, which holds for each of its pixels; labels: the
/// superpixel of each pixel, height x width.
std::vector<double> tile_relevance(std::span<const float> values, std::span<const std::int64_t> labels, int height,
                                   int width, Tiling tiling);

/// The share of the positive relevance that lies on the target's tiles, in [0, 1]; NaN when there is none.
double focus(std::span<const double> tiles, const std::vector<bool>& is_target);

}  // namespace sightline::focus
