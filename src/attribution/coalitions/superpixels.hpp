#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include <ATen/core/Tensor.h>

#include "images/formats/image.hpp"

namespace sightline::attribution {

/// How an image is cut into features: `slic:50` (about 50 SLIC superpixels) or `grid:7x7` (rows x columns of blocks).
struct SuperpixelRule {
  std::int64_t segments = 50;  ///< the number of segments asked of SLIC; 0 = the rule is a grid
  std::int64_t rows = 0;       ///< of the grid
  std::int64_t columns = 0;    ///< of the grid

  /// Reads slic:SEGMENTS (2 to 4096) or grid:ROWSxCOLUMNS (1 to 128 each, at least two blocks). Throws
  /// base::Error(usage) for anything else.
  static SuperpixelRule parse(const std::string& text);
  /// The name of the label maps in stores, such as slic50-224 or grid7x7-224. `crop` names how images were cropped and
  /// resized from their files, where models of one input size differ in that. SLIC's labels depend on it, so their name
  /// has it at the end: slic50-224-crop0.9-bicubic. Empty = all models see the same pixels.
  std::string key(std::int64_t height, std::int64_t width, const std::string& crop) const;
  /// An upper bound of the number of features of an image of this size.
  std::int64_t max_count(std::int64_t height, std::int64_t width) const;
};

/// An image cut into features.
struct Superpixels {
  at::Tensor labels;       ///< the feature of each pixel: H x W, int64, on the CPU, 0 to count - 1
  std::int64_t count = 0;  ///< the number of features
};

/// A grid of min(rows, height) x min(columns, width) blocks, numbered row by row. The pixel (row, column) belongs to
/// block (row * rows / height) * columns + column * columns / width, in integer arithmetic.
Superpixels grid_features(std::int64_t height, std::int64_t width, std::int64_t rows, std::int64_t columns);

/// SLIC superpixels (Achanta et al., PAMI 2012), equal to skimage.segmentation.slic(image, n_segments, compactness,
/// start_label=0) of scikit-image 0.26: ten rounds of k-means over position and CIE Lab colour, then every connected
/// region gets a label of its own.
Superpixels slic(const images::Image& image, std::int64_t segments, double compactness = 10.0);

/// Superpixels by (SuperpixelRule::key, image id), shared by models and methods.
using SuperpixelCache = std::map<std::pair<std::string, std::string>, Superpixels>;

}  // namespace sightline::attribution
