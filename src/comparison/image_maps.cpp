#include "comparison/image_maps.hpp"

#include <algorithm>
#include <cmath>

#include "base/statistics.hpp"

namespace sightline::comparison {
namespace {

ImageMaps without_maps(std::size_t models) {
  const auto side = static_cast<Eigen::Index>(models);
  return {std::vector<bool>(models, false),
          std::vector<bool>(models, false),
          Eigen::MatrixXd::Zero(side, side),
          {},
          1.0,
          {}};
}

}  // namespace

ImageMaps maps_on_grids(const std::vector<std::optional<UpsampledMap>>& maps, Upsampling& upsampling,
                        bool with_pixels) {
  auto result = without_maps(maps.size());
  if (with_pixels) {
    result.pixels =
        Eigen::MatrixXf::Zero(upsampling.size() * upsampling.size(), static_cast<Eigen::Index>(maps.size()));
  }
  for (std::size_t a = 0; a < maps.size(); ++a) {
    result.present[a] = maps[a].has_value();
    result.blank[a] = maps[a] && maps[a]->blank;
    if (with_pixels && maps[a]) {
      result.pixels.col(static_cast<Eigen::Index>(a)) = upsampling.pixels(*maps[a]);
    }
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
  if (weights.size() > 0) {
    columns = weights.cwiseSqrt().asDiagonal() * columns;
  }
  result.products.selfadjointView<Eigen::Lower>().rankUpdate(columns.transpose());  // half of the full product
  result.products.triangularView<Eigen::StrictlyUpper>() = result.products.transpose();
  return result;
}

void add_pixels(const std::vector<std::optional<Eigen::VectorXd>>& maps, const std::vector<std::uint16_t>& entries,
                ImageMaps& result) {
  auto pixels = static_cast<Eigen::Index>(entries.size());
  for (const auto& map : maps) {
    pixels = entries.empty() && map ? map->size() : pixels;
  }
  result.pixels = Eigen::MatrixXf::Zero(pixels, static_cast<Eigen::Index>(maps.size()));
  for (std::size_t m = 0; m < maps.size(); ++m) {
    auto column = result.pixels.col(static_cast<Eigen::Index>(m));
    if (maps[m] && entries.empty()) {
      column = maps[m]->cast<float>();
    } else if (maps[m]) {
      for (Eigen::Index i = 0; i < pixels; ++i) {
        column[i] = static_cast<float>((*maps[m])[entries[static_cast<std::size_t>(i)]]);
      }
    }
  }
}

std::vector<std::uint16_t> nearest_labels(std::span<const std::uint16_t> labels, std::int64_t side, std::int64_t size) {
  std::vector<std::uint16_t> result;
  for (std::int64_t row = 0; row < size; ++row) {
    for (std::int64_t column = 0; column < size; ++column) {
      const auto from_row = (2 * row + 1) * side / (2 * size);
      const auto from_column = (2 * column + 1) * side / (2 * size);
      result.push_back(labels[static_cast<std::size_t>(from_row * side + from_column)]);
    }
  }
  return result;
}

Eigen::VectorXd read_signed(std::span<const float> raw, double clip, bool absolute) {
  Eigen::VectorXd values =
      Eigen::Map<const Eigen::VectorXf>(raw.data(), static_cast<Eigen::Index>(raw.size())).cast<double>();
  if (clip > 0.0) {
    const std::vector<double> all(raw.begin(), raw.end());
    values = values.cwiseMax(base::percentile(all, clip)).cwiseMin(base::percentile(all, 100.0 - clip));
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
