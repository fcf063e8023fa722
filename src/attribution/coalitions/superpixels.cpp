#include "attribution/coalitions/superpixels.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>

#include <ATen/ops/empty.h>

#include "base/error.hpp"
#include "base/text.hpp"

namespace sightline::attribution {
namespace {

using Lab = std::array<double, 3>;

/// The image's colours, stretched to [0, 1], in CIE Lab (D65), multiplied by `ratio`.
std::vector<Lab> scaled_lab(const images::Image& image, double ratio) {
  const auto [least, most] = std::minmax_element(image.rgb.begin(), image.rgb.end());
  const double low = *least / 255.0;
  const double range = *most == *least ? 1.0 : *most / 255.0 - low;
  const auto linear = [&](std::uint8_t byte) {
    const double value = (byte / 255.0 - low) / range;
    return value > 0.04045 ? std::pow((value + 0.055) / 1.055, 2.4) : value / 12.92;
  };
  const auto curve = [](double value) { return value > 0.008856 ? std::cbrt(value) : 7.787 * value + 16.0 / 116.0; };
  std::vector<Lab> lab(image.rgb.size() / 3);
  for (std::size_t i = 0; i < lab.size(); ++i) {
    const double r = linear(image.rgb[3 * i]);
    const double g = linear(image.rgb[3 * i + 1]);
    const double b = linear(image.rgb[3 * i + 2]);
    const double x = curve((0.412453 * r + 0.357580 * g + 0.180423 * b) / 0.95047);
    const double y = curve(0.212671 * r + 0.715160 * g + 0.072169 * b);
    const double z = curve((0.019334 * r + 0.119193 * g + 0.950227 * b) / 1.08883);
    lab[i] = {(116.0 * y - 16.0) * ratio, 500.0 * (x - y) * ratio, 200.0 * (y - z) * ratio};
  }
  return lab;
}

/// Regularly spaced points along one axis: the first position and the distance.
struct Spacing {
  std::int64_t start = 0;
  std::int64_t step = 1;

  std::int64_t count(std::int64_t size) const { return (size - start + step - 1) / step; }
};

/// The rows and columns of about `points` initial cluster centres.
std::pair<Spacing, Spacing> seeds(std::int64_t height, std::int64_t width, std::int64_t points) {
  const auto spaced = [](double step) {
    return Spacing{static_cast<std::int64_t>(std::floor(step / 2.0)), std::max<std::int64_t>(1, std::llrint(step))};
  };
  const double step = std::sqrt(static_cast<double>(height * width) / static_cast<double>(points));
  const auto shorter = static_cast<double>(std::min(height, width));
  if (shorter >= step) {
    return {spaced(step), spaced(step)};
  }
  const auto along = spaced(static_cast<double>(std::max(height, width)) / static_cast<double>(points));
  const auto across = spaced(shorter);
  return height <= width ? std::pair{across, along} : std::pair{along, across};
}

struct Centre {
  double row = 0.0;
  double column = 0.0;
  Lab colour{};
};

/// SLIC's k-means: each pixel is compared with the centres nearby only.
class KMeans {
 public:
  KMeans(const images::Image& image, std::int64_t segments, double compactness)
      : height_(image.height),
        width_(image.width),
        colours_(scaled_lab(image, 1.0 / compactness)),
        nearest_(colours_.size(), 0),
        distance_(colours_.size()) {
    const auto [rows, columns] = seeds(height_, width_, segments);
    reach_rows_ = 2 * rows.step;
    reach_columns_ = 2 * columns.step;
    const auto step = static_cast<double>(std::max(rows.step, columns.step));
    spatial_weight_ = 1.0 / (step * step);
    for (auto row = rows.start; row < height_; row += rows.step) {
      for (auto column = columns.start; column < width_; column += columns.step) {
        centres_.push_back({static_cast<double>(row), static_cast<double>(column)});
      }
    }
  }

  /// The index of the nearest centre of every pixel after at most `rounds` rounds.
  std::vector<std::int64_t> labels(int rounds) {
    for (int round = 0; round < rounds && assign(); ++round) {
      move_centres();
    }
    return nearest_;
  }

  std::int64_t centres() const { return static_cast<std::int64_t>(centres_.size()); }

 private:
  /// Assigns every pixel to its nearest centre. Returns false when no pixel has a centre in reach.
  bool assign() {
    std::fill(distance_.begin(), distance_.end(), std::numeric_limits<double>::max());
    bool changed = false;
    for (std::size_t k = 0; k < centres_.size(); ++k) {
      const auto& centre = centres_[k];
      const auto from_row = static_cast<std::int64_t>(std::max(centre.row - static_cast<double>(reach_rows_), 0.0));
      const auto to_row = static_cast<std::int64_t>(
          std::min(centre.row + static_cast<double>(reach_rows_) + 1.0, static_cast<double>(height_)));
      const auto from = static_cast<std::int64_t>(std::max(centre.column - static_cast<double>(reach_columns_), 0.0));
      const auto to = static_cast<std::int64_t>(
          std::min(centre.column + static_cast<double>(reach_columns_) + 1.0, static_cast<double>(width_)));
      for (auto row = from_row; row < to_row; ++row) {
        const double down = centre.row - static_cast<double>(row);
        for (auto column = from; column < to; ++column) {
          const double right = centre.column - static_cast<double>(column);
          const auto pixel = static_cast<std::size_t>(row * width_ + column);
          double apart = (down * down + right * right) * spatial_weight_;
          for (std::size_t c = 0; c < 3; ++c) {
            const double difference = colours_[pixel][c] - centre.colour[c];
            apart += difference * difference;
          }
          if (distance_[pixel] > apart) {
            nearest_[pixel] = static_cast<std::int64_t>(k);
            distance_[pixel] = apart;
            changed = true;
          }
        }
      }
    }
    return changed;
  }

  /// Moves each centre to the mean position and colour of its pixels. A centre without pixels stays where it is.
  void move_centres() {
    std::vector<Centre> sums(centres_.size());
    std::vector<double> counts(centres_.size(), 0.0);
    for (std::size_t pixel = 0; pixel < nearest_.size(); ++pixel) {
      const auto k = static_cast<std::size_t>(nearest_[pixel]);
      const auto position = static_cast<std::int64_t>(pixel);
      const auto row = position / width_;
      sums[k].row += static_cast<double>(row);
      sums[k].column += static_cast<double>(position - row * width_);
      for (std::size_t c = 0; c < 3; ++c) {
        sums[k].colour[c] += colours_[pixel][c];
      }
      counts[k] += 1.0;
    }
    for (std::size_t k = 0; k < centres_.size(); ++k) {
      if (counts[k] > 0.0) {
        centres_[k] = {sums[k].row / counts[k], sums[k].column / counts[k]};
        for (std::size_t c = 0; c < 3; ++c) {
          centres_[k].colour[c] = sums[k].colour[c] / counts[k];
        }
      }
    }
  }

  std::int64_t height_;
  std::int64_t width_;
  std::vector<Lab> colours_;
  std::vector<std::int64_t> nearest_;
  std::vector<double> distance_;
  std::vector<Centre> centres_;
  std::int64_t reach_rows_ = 0;
  std::int64_t reach_columns_ = 0;
  double spatial_weight_ = 1.0;
};

/// Gives every connected region a label of its own. Regions smaller than `min_size` pixels are merged into a neighbour;
/// regions are cut at `max_size` pixels. Returns the number of labels.
std::int64_t connect(std::vector<std::int64_t>& labels, std::int64_t height, std::int64_t width, std::int64_t min_size,
                     std::int64_t max_size) {
  constexpr std::int64_t unseen = -1;
  std::vector<std::int64_t> joined(labels.size(), unseen);
  std::vector<std::int64_t> region;
  std::int64_t label = 0;
  for (std::int64_t start = 0; start < height * width; ++start) {
    if (joined[static_cast<std::size_t>(start)] != unseen) {
      continue;
    }
    std::int64_t neighbour = 0;
    region.assign(1, start);
    joined[static_cast<std::size_t>(start)] = label;
    const auto size = [&] { return static_cast<std::int64_t>(region.size()); };
    for (std::size_t visited = 0; visited < region.size() && size() < max_size; ++visited) {
      const auto row = region[visited] / width;
      const auto column = region[visited] % width;
      constexpr std::array<std::pair<int, int>, 4> sides = {{{0, 1}, {0, -1}, {1, 0}, {-1, 0}}};
      for (const auto& [down, right] : sides) {
        if (row + down < 0 || row + down >= height || column + right < 0 || column + right >= width) {
          continue;
        }
        const auto other = static_cast<std::size_t>((row + down) * width + column + right);
        if (labels[other] == labels[static_cast<std::size_t>(start)] && joined[other] == unseen) {
          joined[other] = label;
          region.push_back(static_cast<std::int64_t>(other));
          if (size() >= max_size) {
            break;
          }
        } else if (joined[other] != unseen && joined[other] != label) {
          neighbour = joined[other];
        }
      }
    }
    if (size() < min_size) {
      for (const auto pixel : region) {
        joined[static_cast<std::size_t>(pixel)] = neighbour;
      }
    } else {
      ++label;
    }
  }
  labels = std::move(joined);
  return 1 + *std::max_element(labels.begin(), labels.end());
}

}  // namespace

SuperpixelRule SuperpixelRule::parse(const std::string& text) {
  const auto colon = text.find(':');
  const auto kind = text.substr(0, colon);
  const auto rest = colon == std::string::npos ? std::string() : text.substr(colon + 1);
  if (kind == "slic") {
    const auto segments = base::parse_integer(rest);
    if (segments && *segments >= 2 && *segments <= 4096) {
      return {*segments};
    }
  } else if (kind == "grid") {
    const auto cross = rest.find('x');
    const auto rows = base::parse_integer(rest.substr(0, cross));
    const auto columns = cross == std::string::npos ? std::nullopt : base::parse_integer(rest.substr(cross + 1));
    if (rows && columns && *rows >= 1 && *columns >= 1 && *rows <= 128 && *columns <= 128 && *rows * *columns >= 2) {
      return {0, *rows, *columns};
    }
  }
  throw base::usage_error("'{}' is neither slic:SEGMENTS (2 to 4096) nor grid:ROWSxCOLUMNS (up to 128 each)", text);
}

std::string SuperpixelRule::key(std::int64_t height, std::int64_t width, const std::string& crop) const {
  const auto rule = segments > 0 ? fmt::format("slic{}", segments) : fmt::format("grid{}x{}", rows, columns);
  const auto size = height == width ? std::to_string(height) : fmt::format("{}x{}", height, width);
  return segments > 0 && !crop.empty() ? fmt::format("{}-{}-{}", rule, size, crop) : fmt::format("{}-{}", rule, size);
}

std::int64_t SuperpixelRule::max_count(std::int64_t height, std::int64_t width) const {
  if (segments == 0) {
    return std::min(rows, height) * std::min(columns, width);
  }
  const auto [down, right] = seeds(height, width, segments);
  return 2 * down.count(height) * right.count(width) + 1;  // since regions of less than half the mean size are merged
}

Superpixels grid_features(std::int64_t height, std::int64_t width, std::int64_t rows, std::int64_t columns) {
  rows = std::min(rows, height);
  columns = std::min(columns, width);
  Superpixels result{at::empty({height, width}, at::kLong), rows * columns};
  auto* label = result.labels.mutable_data_ptr<std::int64_t>();
  for (std::int64_t row = 0; row < height; ++row) {
    for (std::int64_t column = 0; column < width; ++column) {
      *label++ = row * rows / height * columns + column * columns / width;
    }
  }
  return result;
}

Superpixels slic(const images::Image& image, std::int64_t segments, double compactness) {
  constexpr int rounds = 10;
  KMeans means(image, segments, compactness);
  auto labels = means.labels(rounds);
  const auto pixels = static_cast<double>(labels.size());
  const double mean_size = pixels / static_cast<double>(means.centres());
  Superpixels result;
  result.count = connect(labels, image.height, image.width, static_cast<std::int64_t>(0.5 * mean_size),
                         static_cast<std::int64_t>(3.0 * mean_size));
  result.labels = at::empty({image.height, image.width}, at::kLong);
  std::copy(labels.begin(), labels.end(), result.labels.mutable_data_ptr<std::int64_t>());
  return result;
}

}  // namespace sightline::attribution
