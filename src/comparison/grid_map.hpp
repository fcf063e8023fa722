#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sightline::comparison {

/// A map at the resolution of a model's grid, such as 7 x 7 for a CAM.
struct GridMap {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<float> values;  ///< rows x columns, row-major
};

/// A raw class activation map as pytorch-grad-cam 1.5 scales it before it is resized: with r = max(raw, 0), the map is
/// (r - min r) / (1e-7 + max r - min r), in [0, 1]. All zero if raw is constant or has no positive value.
GridMap native_gradcam(std::span<const float> raw, std::int64_t rows, std::int64_t columns);

/// The map averaged over a grid of side x side cells: each cell is the mean over its area, of whole and parts of the
/// map's cells. A map with no more rows or columns than that is returned unchanged.
GridMap averaged(const GridMap& map, std::int64_t side);

/// A raw class activation map as pytorch-grad-cam 1.5 returns it: native_gradcam, resized to size x size (bilinear,
/// half-pixel centres, edges replicated) and scaled in the same way once more. Row by row, in [0, 1].
std::vector<float> gradcam_pixels(std::span<const float> raw, std::int64_t rows, std::int64_t columns,
                                  std::int64_t size);

}  // namespace sightline::comparison
