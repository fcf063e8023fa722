#pragma once

#include <limits>
#include <optional>
#include <vector>

#include <Eigen/Core>

namespace sightline::comparison {

/// A map with one value per pixel, and the steps by which the stored values are read: they are clipped, lose their
/// signs if `absolute`, and are divided by their largest magnitude if `normalised`.
struct PixelMap {
  std::vector<float> values;                       ///< as stored, row by row
  float low = -std::numeric_limits<float>::max();  ///< values below are set to this one
  float high = std::numeric_limits<float>::max();  ///< values above are set to this one
  bool absolute = false;                           ///< whether the signs are dropped after clipping
  bool normalised = false;  ///< whether the map is divided by its largest magnitude in the end, unless that is 0

  /// The value of a pixel, clipped and without its sign if `absolute`, but not yet divided.
  float at(std::size_t pixel) const;
  /// All of these values.
  std::vector<float> undivided() const;
};

/// The inner products of the maps of one image, which are read as PixelMap describes.
struct PixelProducts {
  Eigen::MatrixXd products;     ///< models x models: the sum over pixels of the product of two maps; 0 without a map
  std::vector<double> largest;  ///< by model: the largest magnitude before the division; 0 without a map
};

/// Computes the inner products of all pairs of maps. Each map is read once, in blocks of 4096 pixels that stay in the
/// cache; sums are float32 within a block and float64 over blocks. All maps have the same number of pixels.
PixelProducts pixel_products(const std::vector<std::optional<PixelMap>>& maps);

}  // namespace sightline::comparison
