#pragma once

#include <limits>
#include <optional>
#include <vector>

#include <Eigen/Core>

namespace sightline::comparison {

/// A number per pixel, row by row, and how it is read: values outside [low, high] become those, then they lose their
/// sign where `absolute`.
struct PixelMap {
  std::vector<float> values;
  float low = -std::numeric_limits<float>::max();
  float high = std::numeric_limits<float>::max();
  bool absolute = false;
  bool rescaled = false;  ///< and are divided by the largest magnitude; all 0 stays all 0

  float at(std::size_t pixel) const;  ///< read, but not yet rescaled
};

/// Of the maps of one image as they are read.
struct PixelProducts {
  Eigen::MatrixXd products;     ///< models x models: the sum over pixels of the product of two maps; 0 without a map
  std::vector<double> largest;  ///< by model: the largest magnitude before rescaling
};

/// Reads every map once, in blocks that stay in the cache; products are float32 within 4096 pixels and float64 beyond.
/// All maps have the same number of pixels.
PixelProducts pixel_products(const std::vector<std::optional<PixelMap>>& maps);

}  // namespace sightline::comparison
