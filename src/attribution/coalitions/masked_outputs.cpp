#include "attribution/coalitions/masked_outputs.hpp"

#include <algorithm>
#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/from_blob.h>
#include <ATen/ops/mm.h>

#include "models/kernels/vectors.hpp"

namespace sightline::attribution {
namespace {

/// to = present * sums + bias.
SIGHTLINE_VECTORS void start(const float* sums, float present, const float* bias, std::int64_t channels, float* to) {
  for (std::int64_t c = 0; c < channels; ++c) {
    to[c] = present * sums[c] + bias[c];
  }
}

/// to += present * sums.
SIGHTLINE_VECTORS void add(const float* sums, float present, std::int64_t channels, float* to) {
  for (std::int64_t c = 0; c < channels; ++c) {
    to[c] += present * sums[c];
  }
}

/// Clips `to` to [least, most].
SIGHTLINE_VECTORS void clip(float least, float most, std::int64_t count, float* to) {
  for (std::int64_t i = 0; i < count; ++i) {
    const float above = to[i] < least ? least : to[i];  // NaN stays
    to[i] = above > most ? most : above;
  }
}

}  // namespace

/// The geometry of the layer's windows over the image.
struct MaskedOutputs::Windows {
  std::int64_t side;
  std::int64_t stride;
  std::int64_t padding;
  std::int64_t height;
  std::int64_t width;
  std::int64_t across;  ///< number of windows in a row

  /// Calls work(pixel, tap) for each pixel of a window that lies inside the image.
  template <typename Work>
  void each_pixel(std::int64_t window, const Work& work) const {
    const auto top = window / across * stride - padding;
    const auto left = window % across * stride - padding;
    for (auto row = std::max<std::int64_t>(0, -top); row < std::min(side, height - top); ++row) {
      for (auto column = std::max<std::int64_t>(0, -left); column < std::min(side, width - left); ++column) {
        work((top + row) * width + left + column, row * side + column);
      }
    }
  }
};

bool MaskedOutputs::is_faster(const models::FirstLayer& layer, const at::Tensor& images, std::int64_t features) {
  const auto pixels = static_cast<double>(images.size(2) * images.size(3));
  const double side = std::sqrt(pixels / static_cast<double>(features));
  return side >= static_cast<double>(layer.weight().size(2));
}

MaskedOutputs::MaskedOutputs(models::FirstLayer& layer, const at::Tensor& image, const at::Tensor& labels)
    : layer_(layer), whole_sums_(layer.linear_part(image)) {
  const auto& geometry = layer.geometry();
  const Windows windows{layer.weight().size(2), geometry.stride, geometry.padding,
                        image.size(2),          image.size(3),   whole_sums_.size(3)};
  find_features(windows, labels.const_data_ptr<std::int64_t>());
  compute_parts(windows, image.contiguous(at::MemoryFormat::ChannelsLast), labels.const_data_ptr<std::int64_t>());
}

void MaskedOutputs::find_features(const Windows& windows, const std::int64_t* labels) {
  const auto count = whole_sums_.size(2) * whole_sums_.size(3);
  part_offsets_.push_back(0);
  for (std::int64_t window = 0; window < count; ++window) {
    const auto first = static_cast<std::ptrdiff_t>(part_offsets_.back());
    windows.each_pixel(window, [&](std::int64_t pixel, std::int64_t) {
      if (std::find(features_.begin() + first, features_.end(), labels[pixel]) == features_.end()) {
        features_.push_back(labels[pixel]);
      }
    });
    part_offsets_.push_back(features_.size());
  }
}

/// Calls work(window, begin, end) for each window, where begin to end - 1 are the window's parts.
template <typename Work>
void MaskedOutputs::each_window(const Work& work) const {
  for (std::size_t window = 0; window + 1 < part_offsets_.size(); ++window) {
    work(static_cast<std::int64_t>(window), part_offsets_[window], part_offsets_[window + 1]);
  }
}

void MaskedOutputs::compute_parts(const Windows& windows, const at::Tensor& image, const std::int64_t* labels) {
  const auto row_size = 3 * windows.side * windows.side;
  const auto* from = image.const_data_ptr<float>();
  std::vector<float> rows;  // one row per part: the window's pixels, 0 where they belong to another feature
  each_window([&](std::int64_t window, std::size_t begin, std::size_t end) {
    for (auto part = begin; part < end && end - begin > 1; ++part) {
      const auto row = rows.size();
      rows.resize(row + static_cast<std::size_t>(row_size), 0.0F);
      windows.each_pixel(window, [&](std::int64_t pixel, std::int64_t tap) {
        if (labels[pixel] == features_[part]) {
          std::copy_n(from + 3 * pixel, 3, rows.data() + row + 3 * tap);
        }
      });
    }
  });
  const auto channels = whole_sums_.size(1);
  const auto by_tap = layer_.weight().permute({2, 3, 1, 0}).reshape({row_size, channels});
  const auto count = static_cast<std::int64_t>(rows.size()) / row_size;
  part_sums_ = at::from_blob(rows.data(), {count, row_size}, at::kFloat).mm(by_tap);
  const auto* whole = whole_sums_.const_data_ptr<float>();
  const auto* next = part_sums_.const_data_ptr<float>();
  each_window([&](std::int64_t window, std::size_t begin, std::size_t end) {
    for (auto part = begin; part < end; ++part) {
      const bool single = end - begin == 1;
      sums_.push_back(single ? whole + window * channels : next);
      next += single ? 0 : channels;
    }
  });
}

void MaskedOutputs::write(const float* present, std::int64_t first, std::int64_t count, float* to) const {
  const auto channels = whole_sums_.size(1);
  const auto* const bias = layer_.bias().const_data_ptr<float>();
  for (std::int64_t k = 0; k < count; ++k) {
    const auto window = static_cast<std::size_t>(first + k);
    auto part = part_offsets_[window];
    start(sums_[part], present[features_[part]], bias, channels, to + k * channels);
    for (++part; part < part_offsets_[window + 1]; ++part) {
      add(sums_[part], present[features_[part]], channels, to + k * channels);
    }
  }
  clip(layer_.min_output(), layer_.max_output(), count * channels, to);
}

}  // namespace sightline::attribution
