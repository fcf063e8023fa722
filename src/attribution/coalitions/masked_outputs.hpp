#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "models/layers/first_layer.hpp"

namespace sightline::attribution {

/// What a models::FirstLayer makes of an image of which features (superpixels) are absent, that is 0. A window over
/// several features gives the sum of what it gives of each alone: that is computed once an image, and every masked
/// image then costs a few additions a number in place of a convolution.
class MaskedOutputs {
 public:
  /// Whether that is faster for images (N x 3 x H x W) of so many features: windows over many small ones have more
  /// parts than a convolution has taps.
  static bool pays(const models::FirstLayer& layer, const at::Tensor& images, std::int64_t features);

  /// image: 1 x 3 x H x W; labels: its pixels' features, H x W, int64.
  MaskedOutputs(models::FirstLayer& layer, const at::Tensor& image, const at::Tensor& labels);

  /// Channels, rows and columns of an output.
  std::vector<std::int64_t> shape() const { return products_.sizes().slice(1).vec(); }
  /// The outputs of windows first to first + count - 1, in rows, for the image whose feature f is multiplied by
  /// present[f]: count x channels numbers.
  void write(const float* present, std::int64_t first, std::int64_t count, float* to) const;

 private:
  struct Windows;
  void find_features(const Windows& windows, const std::int64_t* labels);
  void split(const Windows& windows, const at::Tensor& image, const std::int64_t* labels);
  template <typename Work>
  void each_window(const Work& work) const;

  // A window's part is what it gives of one feature.
  const models::FirstLayer& layer_;
  at::Tensor products_;                   ///< of all features together
  at::Tensor split_;                      ///< of the parts of windows over several features: parts x channels
  std::vector<std::int64_t> features_;    ///< of each part, window after window
  std::vector<const float*> sums_;        ///< and its products, in one of those tensors
  std::vector<std::size_t> first_parts_;  ///< where each window's begin, and the end of all
};

}  // namespace sightline::attribution
