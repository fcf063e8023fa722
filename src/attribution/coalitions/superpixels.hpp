#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "images/image.hpp"

namespace sightline::attribution {

/// How an image is cut into features: `slic:50` (about so many SLIC superpixels) or `grid:7x7` (rows x columns).
struct SuperpixelRule {
  std::int64_t segments = 50;  ///< of SLIC; 0 = a grid
  std::int64_t rows = 0;       ///< of the grid
  std::int64_t columns = 0;

  /// Throws base::Error(usage).
  static SuperpixelRule parse(const std::string& text);
  /// Name of the label maps in stores: slic50-224, grid7x7-224. `cut`: how pictures of this size were cut from their
  /// files where models differ in that, of which SLIC's depend: slic50-224-crop0.9-bicubic; empty = alike for all.
  std::string key(std::int64_t height, std::int64_t width, const std::string& cut) const;
  /// No image of this size has more features.
  std::int64_t most(std::int64_t height, std::int64_t width) const;
};

struct Superpixels {
  at::Tensor labels;       ///< H x W, int64, 0 to count - 1
  std::int64_t count = 0;  ///< features
};

/// Feature (row * rows / height) * columns + column * columns / width, in whole numbers.
Superpixels grid_features(std::int64_t height, std::int64_t width, std::int64_t rows, std::int64_t columns);

/// SLIC (Achanta et al., PAMI 2012) as skimage.segmentation.slic(image, n_segments, compactness, start_label=0) of
/// scikit-image 0.26 computes it: k-means over position and CIE Lab colour, ten rounds, connected afterwards.
Superpixels slic(const images::Image& image, std::int64_t segments, double compactness = 10.0);

/// Superpixels by key and image, so that models and methods share them.
using SuperpixelCache = std::map<std::pair<std::string, std::string>, Superpixels>;

}  // namespace sightline::attribution
