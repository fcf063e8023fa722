#include "comparison/image_maps.hpp"

#include <algorithm>
#include <cmath>

namespace sightline::comparison {
namespace {

ImageMaps without_maps(std::size_t models) {
  const auto side = static_cast<Eigen::Index>(models);
  return {std::vector<bool>(models, false), std::vector<bool>(models, false), Eigen::MatrixXd::Zero(side, side), {}};
}

/// numpy.percentile(values, percent), linear.
double percentile(std::vector<float> values, double percent) {
  const double position = percent / 100.0 * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::ptrdiff_t>(std::floor(position));
  std::nth_element(values.begin(), values.begin() + below, values.end());
  const double low = values[static_cast<std::size_t>(below)];
  if (static_cast<std::size_t>(below) + 1 == values.size()) {
    return low;
  }
  const double high = *std::min_element(values.begin() + below + 1, values.end());
  return low + (high - low) * (position - static_cast<double>(below));
}

}  // namespace

ImageMaps maps_on_grids(const std::vector<std::optional<UpsampledMap>>& maps, Upsampling& upsampling) {
  auto result = without_maps(maps.size());
  for (std::size_t a = 0; a < maps.size(); ++a) {
    result.present[a] = maps[a].has_value();
    result.blank[a] = maps[a] && maps[a]->blank;
    for (std::size_t b = 0; maps[a] && b <= a; ++b) {
      if (maps[b]) {
        const auto row = static_cast<Eigen::Index>(a);
        const auto column = static_cast<Eigen::Index>(b);
        result.products(row, column) = result.products(column, row) =
            a == b ? maps[a]->square : upsampling.inner_product(*maps[b], *maps[a]);
      }
    }
  }
  return result;
}

ImageMaps maps_as_vectors(const std::vector<std::optional<Eigen::VectorXd>>& maps, const Eigen::VectorXd& weights) {
  auto result = without_maps(maps.size());
  Eigen::Index length = 0;
  for (const auto& map : maps) {
    length = map ? map->size() : length;
  }
  Eigen::MatrixXd columns = Eigen::MatrixXd::Zero(length, static_cast<Eigen::Index>(maps.size()));
  for (std::size_t m = 0; m < maps.size(); ++m) {
    result.present[m] = maps[m].has_value();
    result.blank[m] = maps[m] && maps[m]->isZero(0.0);
    if (maps[m]) {
      columns.col(static_cast<Eigen::Index>(m)) = *maps[m];
    }
  }
  if (weights.size() == 0) {
    result.products = columns.transpose() * columns;
  } else {
    result.products = columns.transpose() * weights.asDiagonal() * columns;
  }
  return result;
}

Eigen::VectorXd read_signed(std::span<const float> raw, double clip, bool absolute) {
  Eigen::VectorXd values =
      Eigen::Map<const Eigen::VectorXf>(raw.data(), static_cast<Eigen::Index>(raw.size())).cast<double>();
  if (clip > 0.0) {
    const std::vector<float> all(raw.begin(), raw.end());
    values = values.cwiseMax(percentile(all, clip)).cwiseMin(percentile(all, 100.0 - clip));
  }
  const double largest = values.cwiseAbs().maxCoeff();
  if (largest > 0.0) {
    values /= largest;
  }
  return absolute ? Eigen::VectorXd(values.cwiseAbs()) : values;
}

Eigen::VectorXd at_size(const Eigen::VectorXd& pixels, std::int64_t rows, std::int64_t columns, std::int64_t size,
                        Upsampling& upsampling) {
  if (rows == size && columns == size) {
    return pixels;
  }
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  const RowMajor resized = upsampling.weights(rows) * Eigen::Map<const RowMajor>(pixels.data(), rows, columns) *
                           upsampling.weights(columns).transpose();
  return Eigen::Map<const Eigen::VectorXd>(resized.data(), resized.size());
}

}  // namespace sightline::comparison
