#pragma once

#include <cstdint>
#include <span>
#include <vector>

namespace sightline::comparison {

/// A map at the resolution of a model's grid, row-major.
struct GridMap {
  std::int64_t rows = 0;
  std::int64_t columns = 0;
  std::vector<float> values;
};

/// A raw Grad-CAM as pytorch-grad-cam scales it before resizing: r = max(raw, 0), (r - min r) / (1e-7 + max(r - min
/// r)), in [0, 1]. All zero where raw is constant or has no positive value.
GridMap native_gradcam(std::span<const float> raw, std::int64_t rows, std::int64_t columns);

/// What pytorch-grad-cam 1.5 returns: the above, resized to size x size (bilinear, half-pixel centres, edges
/// replicated) and scaled once more.
std::vector<float> gradcam_pixels(std::span<const float> raw, std::int64_t rows, std::int64_t columns,
                                  std::int64_t size);

}  // namespace sightline::comparison
