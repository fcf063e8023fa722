#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include <Eigen/Core>

#include "comparison/grid_map.hpp"

namespace sightline::comparison {

/// A map resized to size x size and scaled to [0, 1], kept at native resolution: pixel = scale * upsampled(native) +
/// shift.
struct UpsampledMap {
  Eigen::MatrixXd native;
  double scale = 1.0;
  double shift = 0.0;
  double pixel_sum = 0.0;  ///< of the upsampled map before scale and shift
  double square = 0.0;     ///< sum of squared pixels
  bool blank = false;      ///< every pixel is zero
};

/// Bilinear upsampling to size x size pixels as a linear map U, and exact inner products of upsampled maps without
/// making pixels: <U A U^T, V B V^T> = sum of A o (U^T V) B (U^T V)^T, with the small matrix U^T V computed once per
/// pair of grids.
class Upsampling {
 public:
  explicit Upsampling(std::int64_t size) : size_(size) {}

  /// size x nodes weights: half-pixel centres, edges replicated (cv2.INTER_LINEAR, align_corners=False).
  const Eigen::MatrixXd& weights(std::int64_t nodes);

  /// The map as pytorch-grad-cam returns it: upsampled, then (u - min u) / (1e-7 + max u - min u). Minimum and maximum
  /// are exact: u is bilinear between nodes, so both lie at samples next to nodes.
  UpsampledMap rescaled(const GridMap& map);
  /// The map upsampled and left as it is.
  UpsampledMap plain(const GridMap& map);

  /// Its pixels, row by row.
  Eigen::VectorXf pixels(const UpsampledMap& map);
  std::int64_t size() const { return size_; }

  /// Sum over pixels of the product of two maps.
  double inner_product(const UpsampledMap& a, const UpsampledMap& b);

 private:
  const Eigen::MatrixXd& gram(std::int64_t nodes_a, std::int64_t nodes_b);
  const Eigen::MatrixXd& samples_at_nodes(std::int64_t nodes);
  double unscaled_product(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b);
  void finish(UpsampledMap& map);

  std::int64_t size_;
  std::map<std::int64_t, Eigen::MatrixXd> weights_;
  std::map<std::int64_t, Eigen::MatrixXd> samples_;
  std::map<std::pair<std::int64_t, std::int64_t>, Eigen::MatrixXd> grams_;
};

}  // namespace sightline::comparison
