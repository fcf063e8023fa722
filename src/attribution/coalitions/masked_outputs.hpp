#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

#include "models/layers/first_layer.hpp"

namespace sightline::attribution {

/// The outputs of a models::FirstLayer for masked versions of one image, in which some features (superpixels) are
/// absent, that is 0. The layer's convolution is linear, so the sum over a window is the sum of its parts, one part per
/// feature that the window covers. The parts are computed once per image; each masked image then costs a few additions
/// per output instead of a convolution.
class MaskedOutputs {
 public:
  /// Whether this is faster than the convolution for images (N x 3 x H x W) of `features` features: small features give
  /// a window more parts than the convolution has taps.
  static bool is_faster(const models::FirstLayer& layer, const at::Tensor& images, std::int64_t features);

  /// image: 1 x 3 x H x W; labels: the feature that each pixel belongs to, H x W, int64, on the CPU. The layer must
  /// outlive this object.
  MaskedOutputs(models::FirstLayer& layer, const at::Tensor& image, const at::Tensor& labels);

  /// The shape of an image's output: {channels, rows, columns}.
  std::vector<std::int64_t> shape() const { return whole_sums_.sizes().slice(1).vec(); }
  /// Writes the outputs of windows `first` to `first + count - 1` (counted row by row) for the image whose feature f is
  /// multiplied by present[f]: count x channels numbers.
  void write(const float* present, std::int64_t first, std::int64_t count, float* to) const;

 private:
  struct Windows;
  void find_features(const Windows& windows, const std::int64_t* labels);
  void compute_parts(const Windows& windows, const at::Tensor& image, const std::int64_t* labels);
  template <typename Work>
  void each_window(const Work& work) const;

  // The parts of all windows are stored window after window.
  const models::FirstLayer& layer_;
  at::Tensor whole_sums_;  ///< the layer's linear part for the unmasked image: 1 x channels x rows x columns
  at::Tensor part_sums_;   ///< the same for each part of a window with several features: parts x channels
  std::vector<std::int64_t> features_;  ///< the feature of each part
  std::vector<const float*> sums_;      ///< each part's sums, in whole_sums_ or part_sums_
  std::vector<std::size_t>
      part_offsets_;  ///< CSR offsets: window w has the parts part_offsets_[w] to part_offsets_[w + 1] - 1
};

}  // namespace sightline::attribution
