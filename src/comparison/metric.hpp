#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "comparison/image_maps.hpp"

namespace sightline::comparison {

/// A similarity of two maps of one image; larger means more alike.
class Metric {
 public:
  virtual ~Metric() = default;
  /// The metric's name in stores and tables.
  virtual std::string name() const = 0;
  /// Whether the metric reads ImageMaps::pixels; otherwise the inner products are enough.
  virtual bool needs_pixels() const { return true; }
  /// The similarity of each two models' maps of one image: models x models, symmetric. Rows and columns of absent maps
  /// may hold anything; the others are finite.
  virtual Eigen::MatrixXd compare(const ImageMaps& maps) const = 0;

  /// How many whole numbers the metric counts over all images, for a number of models; 0 for a metric that is not
  /// pooled.
  virtual std::size_t tally_size(std::size_t /*models*/) const { return 0; }
  /// Adds one image to the tally, which has tally_size numbers.
  virtual void count(const ImageMaps& /*maps*/, std::vector<std::int64_t>& /*tally*/) const {}
  /// The metric of all pixels of all images pooled into one map, from the tally: models x models, row-major.
  virtual std::vector<double> pooled(std::size_t /*models*/, const std::vector<std::int64_t>& /*tally*/) const {
    return {};
  }
};

}  // namespace sightline::comparison
