#include "focus/score.hpp"

#include <algorithm>
#include <cmath>
#include <limits>

namespace sightline::focus {
namespace {

/// Along an axis of `cells` cells that is divided into `parts` parts: the share of the cell `cell` that belongs to the
/// part `part`, in [0, 1]. With whole cells, a cell belongs to the last part that starts at or before it.
double share(int cell, int cells, int part, int parts, Borders borders) {
  if (borders == Borders::whole_cells) {
    return cell >= cells * part / parts && cell < cells * (part + 1) / parts ? 1.0 : 0.0;
  }
  const auto low = static_cast<double>(cells) * part / parts;
  const auto high = static_cast<double>(cells) * (part + 1) / parts;
  return std::max(0.0, std::min(high, cell + 1.0) - std::max(low, static_cast<double>(cell)));
}

/// The index of a cell in a row-major table with this number of columns.
std::size_t index(int row, int column, int columns) {
  return static_cast<std::size_t>(row) * static_cast<std::size_t>(columns) + static_cast<std::size_t>(column);
}

/// The relevance if it is finite and positive, otherwise 0.
double positive(float value) {
  return std::isfinite(value) && value > 0.0F ? double{value} : 0.0;
}

}  // namespace

std::vector<double> tile_relevance(std::span<const float> map, int height, int width, Tiling tiling, Borders borders) {
  std::vector<double> tiles(index(tiling.rows, 0, tiling.columns));
  std::vector<double> shares(index(tiling.columns, 0, width));  // tiling.columns x width: of each column of cells
  for (int part = 0; part < tiling.columns; ++part) {
    for (int x = 0; x < width; ++x) {
      shares[index(part, x, width)] = share(x, width, part, tiling.columns, borders);
    }
  }
  for (int y = 0; y < height; ++y) {
    for (int column = 0; column < tiling.columns; ++column) {
      double sum = 0.0;
      for (int x = 0; x < width; ++x) {
        sum += shares[index(column, x, width)] * positive(map[index(y, x, width)]);
      }
      for (int row = 0; row < tiling.rows; ++row) {
        tiles[index(row, column, tiling.columns)] += share(y, height, row, tiling.rows, borders) * sum;
      }
    }
  }
  return tiles;
}

std::vector<double> tile_relevance(std::span<const float> values, std::span<const std::int64_t> labels, int height,
                                   int width, Tiling tiling) {
  std::vector<float> pixels(labels.size());
  std::transform(labels.begin(), labels.end(), pixels.begin(),
                 [&](std::int64_t label) { return values[static_cast<std::size_t>(label)]; });
  return tile_relevance(pixels, height, width, tiling, Borders::whole_cells);
}

double focus_score(std::span<const double> tiles, const std::vector<bool>& is_target) {
  double all = 0.0;
  double on_target = 0.0;
  for (std::size_t tile = 0; tile < tiles.size(); ++tile) {
    all += tiles[tile];
    on_target += is_target[tile] ? tiles[tile] : 0.0;
  }
  return all > 0.0 ? on_target / all : std::numeric_limits<double>::quiet_NaN();
}

}  // namespace sightline::focus
