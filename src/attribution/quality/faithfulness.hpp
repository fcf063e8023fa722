#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attribution/method.hpp"

/// Quality of a map as the model itself tells it: what happens to the target's output when the pixels that the map
/// names are taken away or given back.
namespace sightline::attribution {

/// Maps as a number per pixel, N x H x W, float32, on the CPU: grids bilinear (half-pixel centres), superpixels by
/// label. `values`: what `method` made of the subject.
at::Tensor relevance_of_pixels(const Method& method, const at::Tensor& values, Subject& subject);

/// Area under the curve of the target's probability while an image's pixels turn, most relevant first and in `steps`
/// equal parts, into the mean colour (Petsiuk et al., RISE, arXiv 1806.07421). In [0, 1] by image; low = good. Equal
/// relevance: row by row. NaN where the map is not finite or the same everywhere. Costs steps + 1 passes an image.
std::vector<double> deletion(Subject& subject, const at::Tensor& relevance, std::int64_t steps);

/// The same from the blurred image (Gaussian of 11 x 11 pixels, sigma 5, the mean colour outside) to the image; high =
/// good.
std::vector<double> insertion(Subject& subject, const at::Tensor& relevance, std::int64_t steps);

/// How well the relevance of a random set of features tells by how much the target's logit falls without them
/// (Sensitivity-n, Ancona et al., arXiv 1711.06104): Pearson's correlation over `sets` sets of n features, the mean
/// over n = 10, 30, 50, 70 and 90 % of the 8 x 8 fields that the image is cut into.
class SensitivityN {
 public:
  /// Asks the model, 5 sets + 1 passes an image; the answers serve all maps of the subject.
  SensitivityN(Subject& subject, std::int64_t sets);

  /// In [-1, 1] by image; NaN where the relevance is the same everywhere, or not finite.
  std::vector<double> operator()(const at::Tensor& relevance) const;

 private:
  std::int64_t sets_;
  at::Tensor fields_;                ///< H x W: which field each pixel belongs to
  std::vector<at::Tensor> present_;  ///< by image: sets x fields
  std::vector<std::vector<double>> outputs_;
};

}  // namespace sightline::attribution
