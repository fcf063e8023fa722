#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include <Eigen/Core>

#include "comparison/pixel_products.hpp"
#include "comparison/upsampling.hpp"

namespace sightline::comparison {

/// The maps of all models for one image, in the form that metrics need. If one model is compared by many methods, the
/// methods take the place of the models.
struct ImageMaps {
  std::vector<bool> present;     ///< by model: whether it has a map, whose values are then finite
  std::vector<bool> blank;       ///< by model: whether every pixel of the map is 0
  Eigen::MatrixXd products;      ///< models x models: inner products of the maps, summed over pixels; 0 without a map
  std::vector<int> predictions;  ///< by model: class index
  double range = 1.0;            ///< width of the values' range: 1 for maps in [0, 1], 2 for maps in [-1, 1]
  Eigen::MatrixXf pixels = {};   ///< pixels (row by row) x models; empty unless pixels are requested; 0 without a map
};

/// Makes the ImageMaps of maps at native resolution, which are compared as if they were upsampled; the inner products
/// are exact. Here and below, nullopt stands for a model without a map, and with_pixels tells whether `pixels` is
/// filled.
ImageMaps maps_on_grids(const std::vector<std::optional<UpsampledMap>>& maps, Upsampling& upsampling, bool with_pixels);

/// Makes the ImageMaps of maps with one value per pixel. All have the same number of pixels.
ImageMaps maps_as_pixels(const std::vector<std::optional<PixelMap>>& maps, bool with_pixels);

/// Makes the ImageMaps of maps with one value per superpixel, without `pixels`. areas: number of pixels per superpixel.
ImageMaps maps_on_superpixels(const std::vector<std::optional<Eigen::VectorXd>>& maps, const Eigen::VectorXd& areas);

/// Fills result.pixels from maps with one value per superpixel. labels: the superpixel of each pixel, row by row.
void add_pixels(const std::vector<std::optional<Eigen::VectorXd>>& maps, const std::vector<std::uint16_t>& labels,
                ImageMaps& result);

/// Resizes a label map from side x side to size x size pixels: each pixel gets the label at its centre.
std::vector<std::uint16_t> resized_labels(std::span<const std::uint16_t> labels, std::int64_t side, std::int64_t size);

/// A stored map with one value per superpixel as it is read (jobs/README.md, "How maps are read"): divided by the
/// largest absolute value, so that it is in [-1, 1]. A map of zeros is unchanged. absolute: whether the signs are
/// dropped.
Eigen::VectorXd read_signed(std::span<const float> raw, bool absolute);

/// A stored map with one value per pixel as it is read: clipped to the range between the percentiles `clip` and 100 -
/// `clip` (numpy.percentile, linear), then divided by the largest absolute value. clip: in percent; 0 = values are not
/// clipped. absolute: whether the signs are dropped after clipping.
PixelMap read_pixels(std::vector<float> raw, double clip, bool absolute);

/// Resizes a map of rows x columns pixels to size x size (bilinear, half-pixel centres). A map that has this size is
/// returned unchanged. upsampling: one for size x size pixels.
PixelMap resized(PixelMap map, std::int64_t rows, std::int64_t columns, std::int64_t size, Upsampling& upsampling);

}  // namespace sightline::comparison
