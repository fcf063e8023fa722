#pragma once

#include <cstdint>
#include <span>
#include <vector>

/// The Focus score (Arias-Duart et al., arXiv 2109.15035).
namespace sightline::focus {

/// The number of tiles in a mosaic.
struct Tiling {
  int rows = 2;
  int columns = 2;
};

/// How the relevance of a cell on the border of two tiles is counted. whole_cells: for the last tile that starts at or
/// before the cell; row r of the tiles starts at the cell floor(height r / rows), so of two rows the second gets the
/// larger part of an odd height. by_area: for both tiles, in proportion to the cell's area on each.
enum class Borders { whole_cells, by_area };

/// The sum of the positive relevance on each tile, row by row. map: height x width cells or pixels, row-major; values
/// that are not finite or not positive count as 0.
std::vector<double> tile_relevance(std::span<const float> map, int height, int width, Tiling tiling, Borders borders);

/// The sum of the positive relevance on each tile for a map with one value per superpixel: each pixel has the value of
/// its superpixel and belongs to one tile, as by Borders::whole_cells. labels: the superpixel of each pixel, height x
/// width.
std::vector<double> tile_relevance(std::span<const float> values, std::span<const std::int64_t> labels, int height,
                                   int width, Tiling tiling);

/// The Focus score: the share of the positive relevance that lies on tiles of the target class, in [0, 1]; NaN if there
/// is no positive relevance. tiles: as tile_relevance returns them; is_target: Mosaic::is_target.
double focus_score(std::span<const double> tiles, const std::vector<bool>& is_target);

}  // namespace sightline::focus
