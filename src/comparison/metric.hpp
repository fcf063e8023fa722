#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/Core>

#include "comparison/image_maps.hpp"

namespace sightline::comparison {

/// A similarity of two maps of one image; larger = more alike.
class Metric {
 public:
  virtual ~Metric() = default;
  /// As in stores and tables.
  virtual std::string name() const = 0;
  /// Whether it reads ImageMaps::pixels; otherwise the products are enough.
  virtual bool needs_pixels() const { return true; }
  /// models x models, symmetric. Rows and columns of absent maps may hold anything; the others are finite.
  virtual Eigen::MatrixXd compare(const ImageMaps& maps) const = 0;

  /// Whole numbers that it counts over all images, if any: how many for so many models.
  virtual std::size_t tally_size(std::size_t /*models*/) const { return 0; }
  /// Adds an image's.
  virtual void count(const ImageMaps& /*maps*/, std::vector<std::int64_t>& /*tally*/) const {}
  /// models x models, row-major: the metric of all pixels of all images pooled into one map, from the tally.
  virtual std::vector<double> pooled(std::size_t /*models*/, const std::vector<std::int64_t>& /*tally*/) const {
    return {};
  }
};

}  // namespace sightline::comparison
