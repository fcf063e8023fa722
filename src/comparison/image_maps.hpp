#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "comparison/pixel_products.hpp"
#include "comparison/upsampling.hpp"

namespace sightline::comparison {

/// What every model made of one image, reduced to what metrics need.
struct ImageMaps {
  std::vector<bool> present;     ///< by model; false = no finished, finite record
  std::vector<bool> blank;       ///< by model; every pixel is zero
  Eigen::MatrixXd products;      ///< models x models: the sum over pixels of the product of two maps
  std::vector<int> predictions;  ///< by model
  double range = 1.0;            ///< of the values: 1 for maps in [0, 1], 2 for maps in [-1, 1]
  Eigen::MatrixXf pixels = {};   ///< pixels (row by row) x models; only where a metric asked for it
};

/// Maps at native resolution, upsampled: exact, without making pixels unless they are asked for.
ImageMaps maps_on_grids(const std::vector<std::optional<UpsampledMap>>& maps, Upsampling& upsampling, bool with_pixels);

/// Maps of as many pixels each.
ImageMaps maps_as_pixels(const std::vector<std::optional<PixelMap>>& maps, bool with_pixels);

/// Maps of a value per superpixel. `areas`: how many pixels each has.
ImageMaps maps_on_superpixels(const std::vector<std::optional<Eigen::VectorXd>>& maps, const Eigen::VectorXd& areas);

/// Adds the pixels of maps of a value per superpixel to `result`. `labels`: which superpixel each pixel belongs to.
void add_pixels(const std::vector<std::optional<Eigen::VectorXd>>& maps, const std::vector<std::uint16_t>& labels,
                ImageMaps& result);

/// A label map of side x side pixels at size x size: every pixel shows the label at its centre.
std::vector<std::uint16_t> nearest_labels(std::span<const std::uint16_t> labels, std::int64_t side, std::int64_t size);

/// How signed maps are read: divided by the largest absolute value, then made absolute if wanted. In [-1, 1]; all 0
/// stays all 0.
Eigen::VectorXd read_signed(std::span<const float> raw, bool absolute);

/// The same of a number per pixel, but values outside the percentiles `clip` and 100 - clip (numpy's, linear) become
/// those first.
PixelMap read_pixels(std::vector<float> raw, double clip, bool absolute);

/// A map of a number per pixel at size x size (bilinear, half-pixel centres); unchanged when it has that size.
PixelMap at_size(PixelMap map, std::int64_t rows, std::int64_t columns, std::int64_t size, Upsampling& upsampling);

}  // namespace sightline::comparison
