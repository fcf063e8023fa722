#include "images/perturb.hpp"

#include <algorithm>
#include <cmath>

#include "base/error.hpp"
#include "base/find_named.hpp"
#include "images/decode.hpp"
#include "images/formats/encode_jpeg.hpp"
#include "images/resample.hpp"

namespace sightline::images {
namespace {

/// In the order of Perturbation.
const std::vector<std::string>& names() {
  static const std::vector<std::string> all = {"none", "flip", "shift", "crop", "jpeg"};
  return all;
}

constexpr int jpeg_quality = 75;

/// Pixels by which an image of this side is moved.
int shift_of(int side) {
  return static_cast<int>(std::lround(side / 28.0));
}

/// Pixels that are cut off at each edge of an image of this side.
int margin_of(int side) {
  return static_cast<int>(std::lround(side / 20.0));
}

/// The image whose pixel (row, column) is that of `image` at (from_row(row), from_column(column)).
template <typename FromRow, typename FromColumn>
Image rearranged(const Image& image, const FromRow& from_row, const FromColumn& from_column) {
  Image result{image.width, image.height, {}};
  result.rgb.reserve(image.rgb.size());
  for (int row = 0; row < image.height; ++row) {
    for (int column = 0; column < image.width; ++column) {
      const auto pixel =
          image.rgb.begin() + 3 * (std::ptrdiff_t{from_row(row)} * image.width + std::ptrdiff_t{from_column(column)});
      result.rgb.insert(result.rgb.end(), pixel, pixel + 3);
    }
  }
  return result;
}

/// Where along an axis of the perturbed image a place of the image is: both in shares of the side, from 0 to 1.
double place_of(Perturbation perturbation, double place, bool across, int input_side) {
  const double side = input_side;
  switch (perturbation) {
    case Perturbation::none:
    case Perturbation::jpeg:
      return place;
    case Perturbation::flip:
      return across ? 1.0 - place : place;
    case Perturbation::shift:
      return place + shift_of(input_side) / side;
    case Perturbation::crop: {
      const double margin = margin_of(input_side) / side;
      return (place - margin) / (1.0 - 2.0 * margin);
    }
  }
  return place;
}

/// A position between two pixels of an axis, and the weight of the second one.
struct Position {
  std::size_t first = 0;
  std::size_t second = 0;
  double weight = 0.0;
};

/// For each pixel of an axis, its position in the map of the perturbed image.
std::vector<Position> positions(Perturbation perturbation, bool across, int side, int input_side) {
  std::vector<Position> result;
  for (int pixel = 0; pixel < side; ++pixel) {
    const double place = place_of(perturbation, (pixel + 0.5) / side, across, input_side) * side - 0.5;
    const double inside = std::clamp(place, 0.0, side - 1.0);
    // A place that is a pixel but for rounding is that pixel: a map that is flipped twice has the same bits.
    const double rounded = std::abs(inside - std::round(inside)) < 1e-9 ? std::round(inside) : inside;
    const double first = std::floor(rounded);
    result.push_back({static_cast<std::size_t>(first), static_cast<std::size_t>(std::min(first + 1.0, side - 1.0)),
                      rounded - first});
  }
  return result;
}

}  // namespace

std::string name_of(Perturbation perturbation) {
  return names().at(static_cast<std::size_t>(perturbation));
}

Perturbation perturbation_named(const std::string& name) {
  const auto& found = base::find_named(names(), name, [](const base::UnknownName& unknown) {
    return base::input_error("perturb: {}", unknown.not_one_of());
  });
  return static_cast<Perturbation>(&found - names().data());
}

Image perturb(Perturbation perturbation, Image image) {
  const auto same = [](int pixel) { return pixel; };
  switch (perturbation) {
    case Perturbation::none:
      return image;
    case Perturbation::flip:
      return rearranged(image, same, [&](int column) { return image.width - 1 - column; });
    case Perturbation::shift: {
      const auto back = [shift = shift_of(image.width)](int pixel) { return std::max(pixel - shift, 0); };
      return rearranged(image, back, back);
    }
    case Perturbation::crop: {
      const int margin = margin_of(image.width);
      const auto middle = crop(image, margin, margin, image.width - 2 * margin, image.height - 2 * margin);
      return resize(middle, image.width, image.height, Interpolation::bilinear);
    }
    case Perturbation::jpeg:
      return decode(encode_jpeg(image, jpeg_quality, "the perturbed image"), "the perturbed image");
  }
  return image;
}

std::vector<float> moved_back(Perturbation perturbation, const std::vector<float>& map, int side, int input_side) {
  const auto rows = positions(perturbation, false, side, input_side);
  const auto columns = positions(perturbation, true, side, input_side);
  std::vector<float> result;
  result.reserve(map.size());
  const auto width = static_cast<std::size_t>(side);
  for (const auto& row : rows) {
    for (const auto& column : columns) {
      const auto along = [&](std::size_t of_row) {
        const auto* const values = map.data() + of_row * width;
        return (1.0 - column.weight) * double{values[column.first]} + column.weight * double{values[column.second]};
      };
      result.push_back(static_cast<float>((1.0 - row.weight) * along(row.first) + row.weight * along(row.second)));
    }
  }
  return result;
}

}  // namespace sightline::images
