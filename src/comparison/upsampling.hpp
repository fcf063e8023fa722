#pragma once

#include <cstdint>
#include <map>
#include <utility>

#include <Eigen/Core>

#include "comparison/grid_map.hpp"

namespace sightline::comparison {

/// A map of size x size pixels that is represented at its native resolution: pixel = scale * upsampled(native) + shift.
/// Upsampling makes it.
struct UpsampledMap {
  Eigen::MatrixXd native;  ///< rows x columns of the model's grid
  double scale = 1.0;
  double shift = 0.0;
  double pixel_sum = 0.0;     ///< sum over the pixels of the upsampled map before scale and shift
  double squared_norm = 0.0;  ///< sum of the squared pixels
  bool blank = false;         ///< whether every pixel is 0
};

/// Bilinear upsampling to size x size pixels, and inner products of upsampled maps, which are computed exactly at
/// native resolution. Upsampling is linear: the pixels of the map A are U A U^T and those of the map B are V B V^T,
/// where U and V hold the interpolation weights of their grids (of square grids; otherwise rows and columns have
/// matrices of their own). The inner product of the pixels is then the sum of the elementwise product
/// of A and (U^T V) B (U^T V)^T. The small matrix U^T V is computed once per pair of grids.
class Upsampling {
 public:
  explicit Upsampling(std::int64_t size) : size_(size) {}

  /// The interpolation weights along an axis whose grid has `nodes` cells: size x nodes. Centres are at half pixels and
  /// edges are replicated, as with cv2.INTER_LINEAR or align_corners=False.
  const Eigen::MatrixXd& weights(std::int64_t nodes);

  /// The map as pytorch-grad-cam returns it: upsampled to pixels u, then (u - min u) / (1e-7 + max u - min u). Minimum
  /// and maximum are exact: u is bilinear between the nodes, so both occur at pixels next to nodes.
  UpsampledMap rescaled(const GridMap& map);
  /// The map upsampled, but not scaled.
  UpsampledMap unscaled(const GridMap& map);

  /// The pixels of a map, row by row.
  Eigen::VectorXf pixels(const UpsampledMap& map);
  /// Pixels per side.
  std::int64_t size() const { return size_; }

  /// The sum over the pixels of the product of two maps.
  double inner_product(const UpsampledMap& a, const UpsampledMap& b);

 private:
  /// U^T V for grids with nodes_a and nodes_b cells along the axis.
  const Eigen::MatrixXd& gram(std::int64_t nodes_a, std::int64_t nodes_b);
  /// The rows of weights(nodes) for the pixels next to nodes.
  const Eigen::MatrixXd& weights_next_to_nodes(std::int64_t nodes);
  /// The inner product of two maps before scale and shift.
  double unscaled_product(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b);
  /// Sets pixel_sum, blank and squared_norm, which follow from the other members.
  void set_sums(UpsampledMap& map);

  std::int64_t size_;
  std::map<std::int64_t, Eigen::MatrixXd> weights_;                ///< by number of nodes
  std::map<std::int64_t, Eigen::MatrixXd> weights_next_to_nodes_;  ///< by number of nodes
  std::map<std::pair<std::int64_t, std::int64_t>, Eigen::MatrixXd> grams_;
};

}  // namespace sightline::comparison
