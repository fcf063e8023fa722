#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "comparison/image_maps.hpp"

namespace sightline::comparison {

/// A similarity of two maps of one image. A larger value means that the maps are more similar.
class Metric {
 public:
  virtual ~Metric() = default;
  /// The metric's name in stores and tables.
  virtual std::string name() const = 0;
  /// Whether the metric reads ImageMaps::pixels; otherwise the inner products are enough.
  virtual bool needs_pixels() const { return true; }
  /// The similarity of each two models' maps of one image: models x models, symmetric. The values in rows and columns
  /// of absent maps are unspecified; the others are finite.
  virtual Eigen::MatrixXd compare(const ImageMaps& maps) const = 0;

  /// The number of counters in the tally of a pooled metric for this number of models; 0 for a metric that is not
  /// pooled. A pooled metric has, besides its value for each image, one for the pixels of all images together.
  virtual std::size_t tally_size(std::size_t /*models*/) const { return 0; }
  /// Adds one image to the tally, which has tally_size counters. counted: by model, whether its map takes part; false
  /// for an absent map.
  virtual void count(const ImageMaps& /*maps*/, const std::vector<bool>& /*counted*/,
                     std::vector<std::int64_t>& /*tally*/) const {}
  /// Computes the pooled similarities from the tally of all images: models x models, row-major.
  virtual std::vector<double> pooled(std::size_t /*models*/, const std::vector<std::int64_t>& /*tally*/) const {
    return {};
  }
};

}  // namespace sightline::comparison
