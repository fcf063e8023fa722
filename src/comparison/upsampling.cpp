#include "comparison/upsampling.hpp"

#include <algorithm>
#include <cmath>
#include <set>

namespace sightline::comparison {
namespace {

using RowMajor = Eigen::Matrix<float, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;

Eigen::MatrixXd to_matrix(const GridMap& map) {
  return Eigen::Map<const RowMajor>(map.values.data(), map.rows, map.columns).cast<double>();
}

/// The position of a pixel's centre in units of nodes (node i is at i), clamped to the outermost nodes.
double node_position(std::int64_t pixel, std::int64_t size, std::int64_t nodes) {
  const double position =
      (static_cast<double>(pixel) + 0.5) * static_cast<double>(nodes) / static_cast<double>(size) - 0.5;
  return std::clamp(position, 0.0, static_cast<double>(nodes - 1));
}

/// The shares of an axis' `nodes` cells in the mean over each of `side` cells: side x nodes; the identity where there
/// are no more nodes than that.
Eigen::MatrixXd mean_weights(std::int64_t side, std::int64_t nodes) {
  if (nodes <= side) {
    return Eigen::MatrixXd::Identity(nodes, nodes);
  }
  const double nodes_in_cell = static_cast<double>(nodes) / static_cast<double>(side);
  return Eigen::MatrixXd::NullaryExpr(side, nodes, [&](Eigen::Index cell, Eigen::Index node) {
    const double first = std::max(static_cast<double>(cell) * nodes_in_cell, static_cast<double>(node));
    const double last = std::min(static_cast<double>(cell + 1) * nodes_in_cell, static_cast<double>(node + 1));
    return std::max(0.0, last - first) / nodes_in_cell;
  });
}

}  // namespace

const Eigen::MatrixXd& Upsampling::weights(std::int64_t nodes) {
  auto& matrix = weights_[nodes];
  if (matrix.size() == 0) {
    matrix = Eigen::MatrixXd::Zero(size_, nodes);
    for (std::int64_t pixel = 0; pixel < size_; ++pixel) {
      const double position = node_position(pixel, size_, nodes);
      const auto node = static_cast<std::int64_t>(position);
      const double part = position - static_cast<double>(node);
      matrix(pixel, node) += 1.0 - part;
      if (part > 0.0) {
        matrix(pixel, node + 1) += part;
      }
    }
  }
  return matrix;
}

const Eigen::MatrixXd& Upsampling::weights_next_to_nodes(std::int64_t nodes) {
  auto& matrix = weights_next_to_nodes_[nodes];
  if (matrix.size() == 0) {
    const auto& all = weights(nodes);
    std::set<std::int64_t> pixels = {0, size_ - 1};
    for (std::int64_t pixel = 1; pixel < size_; ++pixel) {
      const auto before = static_cast<std::int64_t>(node_position(pixel - 1, size_, nodes));
      const auto here = static_cast<std::int64_t>(node_position(pixel, size_, nodes));
      if (before != here) {
        pixels.insert({pixel - 1, pixel});
      }
    }
    matrix.resize(static_cast<Eigen::Index>(pixels.size()), nodes);
    Eigen::Index row = 0;
    for (const auto pixel : pixels) {
      matrix.row(row++) = all.row(pixel);
    }
  }
  return matrix;
}

const Eigen::MatrixXd& Upsampling::gram(std::int64_t nodes_a, std::int64_t nodes_b) {
  auto& matrix = grams_[{nodes_a, nodes_b}];
  if (matrix.size() == 0) {
    matrix = weights(nodes_a).transpose() * weights(nodes_b);
  }
  return matrix;
}

double Upsampling::unscaled_product(const Eigen::MatrixXd& a, const Eigen::MatrixXd& b) {
  const auto& rows = gram(a.rows(), b.rows());
  const auto& columns = gram(a.cols(), b.cols());
  return a.cwiseProduct(rows * b * columns.transpose()).sum();
}

void Upsampling::set_sums(UpsampledMap& map) {
  const Eigen::VectorXd row_sums = weights(map.native.rows()).colwise().sum();
  const Eigen::VectorXd column_sums = weights(map.native.cols()).colwise().sum();
  map.pixel_sum = row_sums.dot(map.native * column_sums);
  map.blank = map.native.isZero(0.0);
  map.squared_norm = inner_product(map, map);
}

UpsampledMap Upsampling::unscaled(const GridMap& map) {
  UpsampledMap result;
  result.native = to_matrix(map);
  set_sums(result);
  return result;
}

UpsampledMap Upsampling::rescaled(const GridMap& map) {
  UpsampledMap result;
  result.native = to_matrix(map);
  const Eigen::MatrixXd extremes =
      weights_next_to_nodes(map.rows) * result.native * weights_next_to_nodes(map.columns).transpose();
  const double least = extremes.minCoeff();
  result.scale = 1.0 / (1e-7 + (extremes.maxCoeff() - least));
  result.shift = -least * result.scale;
  set_sums(result);
  return result;
}

Eigen::VectorXf Upsampling::pixels(const UpsampledMap& map) {
  const RowMajor values =
      ((weights(map.native.rows()) * map.native * weights(map.native.cols()).transpose() * map.scale).array() +
       map.shift)
          .cast<float>();
  return Eigen::Map<const Eigen::VectorXf>(values.data(), values.size());
}

double Upsampling::inner_product(const UpsampledMap& a, const UpsampledMap& b) {
  const double pixels = static_cast<double>(size_) * static_cast<double>(size_);
  return a.scale * b.scale * unscaled_product(a.native, b.native) + a.scale * b.shift * a.pixel_sum +
         b.scale * a.shift * b.pixel_sum + a.shift * b.shift * pixels;
}

GridMap native_gradcam(std::span<const float> raw, std::int64_t rows, std::int64_t columns) {
  GridMap map{rows, columns, std::vector<float>(raw.begin(), raw.end())};
  for (auto& value : map.values) {
    value = std::max(value, 0.0F);
  }
  const float least = *std::min_element(map.values.begin(), map.values.end());
  const float most = *std::max_element(map.values.begin(), map.values.end()) - least;
  for (auto& value : map.values) {
    value = (value - least) / (1e-7F + most);
  }
  return map;
}

GridMap averaged(const GridMap& map, std::int64_t side) {
  if (map.rows <= side && map.columns <= side) {
    return map;
  }
  const RowMajor cells =
      (mean_weights(side, map.rows) * to_matrix(map) * mean_weights(side, map.columns).transpose()).cast<float>();
  return {cells.rows(), cells.cols(), {cells.data(), cells.data() + cells.size()}};
}

std::vector<float> gradcam_pixels(std::span<const float> raw, std::int64_t rows, std::int64_t columns,
                                  std::int64_t size) {
  Upsampling upsampling(size);
  const auto pixels = upsampling.pixels(upsampling.rescaled(native_gradcam(raw, rows, columns)));
  return {pixels.begin(), pixels.end()};
}

}  // namespace sightline::comparison
