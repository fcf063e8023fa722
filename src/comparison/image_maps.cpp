#include "comparison/image_maps.hpp"

#include <algorithm>
#include <cmath>
#include <functional>

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

/// numpy.percentile(values, percent) for the order std::less, and numpy.percentile(values, 100 - percent) for
/// std::greater. Sorts only the values up to that percentile.
template <typename Order>
double tail_percentile(const std::vector<float>& values, double percent, Order order) {
  const double position = percent / 100.0 * static_cast<double>(values.size() - 1);
  const auto below = static_cast<std::size_t>(std::floor(position));
  std::vector<float> tail(std::min(values.size(), below + 2));
  std::partial_sort_copy(values.begin(), values.end(), tail.begin(), tail.end(), order);
  return double{tail[below]} + (double{tail.back()} - double{tail[below]}) * (position - static_cast<double>(below));
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
            a == b ? maps[a]->squared_norm : upsampling.inner_product(*maps[b], *maps[a]);
      }
    }
  }
  return result;
}

ImageMaps maps_as_pixels(const std::vector<std::optional<PixelMap>>& maps, bool with_pixels) {
  auto result = without_maps(maps.size());
  auto sums = pixel_products(maps);
  result.products = std::move(sums.products);
  for (std::size_t m = 0; m < maps.size(); ++m) {
    result.present[m] = maps[m].has_value();
    result.blank[m] = maps[m] && sums.largest[m] == 0.0;
    if (with_pixels && maps[m]) {
      const auto count = static_cast<Eigen::Index>(maps[m]->values.size());
      if (result.pixels.size() == 0) {
        result.pixels = Eigen::MatrixXf::Zero(count, static_cast<Eigen::Index>(maps.size()));
      }
      result.pixels.col(static_cast<Eigen::Index>(m)) = Eigen::VectorXf::NullaryExpr(
          count, [&map = *maps[m]](Eigen::Index pixel) { return map.at(static_cast<std::size_t>(pixel)); });
      if (maps[m]->normalised && sums.largest[m] > 0.0) {
        result.pixels.col(static_cast<Eigen::Index>(m)) /= static_cast<float>(sums.largest[m]);
      }
    }
  }
  return result;
}

ImageMaps maps_on_superpixels(const std::vector<std::optional<Eigen::VectorXd>>& maps, const Eigen::VectorXd& areas) {
  auto result = without_maps(maps.size());
  Eigen::MatrixXd columns = Eigen::MatrixXd::Zero(areas.size(), static_cast<Eigen::Index>(maps.size()));
  for (std::size_t m = 0; m < maps.size(); ++m) {
    result.present[m] = maps[m].has_value();
    result.blank[m] = maps[m] && maps[m]->isZero(0.0);
    if (maps[m]) {
      columns.col(static_cast<Eigen::Index>(m)) = *maps[m];
    }
  }
  result.products = columns.transpose() * areas.asDiagonal() * columns;
  return result;
}

void add_pixels(const std::vector<std::optional<Eigen::VectorXd>>& maps, const std::vector<std::uint16_t>& labels,
                ImageMaps& result) {
  const auto pixels = static_cast<Eigen::Index>(labels.size());
  result.pixels = Eigen::MatrixXf::Zero(pixels, static_cast<Eigen::Index>(maps.size()));
  for (std::size_t m = 0; m < maps.size(); ++m) {
    auto column = result.pixels.col(static_cast<Eigen::Index>(m));
    for (Eigen::Index i = 0; maps[m] && i < pixels; ++i) {
      column[i] = static_cast<float>((*maps[m])[labels[static_cast<std::size_t>(i)]]);
    }
  }
}

std::vector<std::uint16_t> resized_labels(std::span<const std::uint16_t> labels, std::int64_t side, std::int64_t size) {
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

Eigen::VectorXd read_signed(std::span<const float> raw, bool absolute) {
  Eigen::VectorXd values =
      Eigen::Map<const Eigen::VectorXf>(raw.data(), static_cast<Eigen::Index>(raw.size())).cast<double>();
  const double largest = values.cwiseAbs().maxCoeff();
  if (largest > 0.0) {
    values /= largest;
  }
  return absolute ? Eigen::VectorXd(values.cwiseAbs()) : values;
}

PixelMap read_pixels(std::vector<float> raw, double clip, bool absolute) {
  PixelMap map{std::move(raw)};
  map.absolute = absolute;
  map.normalised = true;
  if (clip > 0.0) {
    map.low = static_cast<float>(tail_percentile(map.values, clip, std::less<>()));
    map.high = static_cast<float>(tail_percentile(map.values, clip, std::greater<>()));
  }
  return map;
}

PixelMap resized(PixelMap map, std::int64_t rows, std::int64_t columns, std::int64_t size, Upsampling& upsampling) {
  if (rows == size && columns == size) {
    return map;
  }
  using RowMajor = Eigen::Matrix<double, Eigen::Dynamic, Eigen::Dynamic, Eigen::RowMajor>;
  RowMajor pixels = RowMajor::NullaryExpr(rows, columns, [&](Eigen::Index row, Eigen::Index column) {
    return double{map.at(static_cast<std::size_t>(row * columns + column))};
  });
  if (const double largest = pixels.cwiseAbs().maxCoeff(); map.normalised && largest > 0.0) {
    pixels /= largest;
  }
  const RowMajor pixels_at_size = upsampling.weights(rows) * pixels * upsampling.weights(columns).transpose();
  return {{pixels_at_size.data(), pixels_at_size.data() + pixels_at_size.size()}};
}

}  // namespace sightline::comparison
