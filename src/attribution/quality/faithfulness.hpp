#pragma once

#include <cstdint>
#include <vector>

#include <ATen/core/Tensor.h>

#include "attribution/method.hpp"

/// Measures of how faithful a map is to the model: how the target's output changes when the pixels or regions that the
/// map marks as relevant are removed from the image or inserted into it.
namespace sightline::attribution {

/// A method's maps with one number per input pixel: N x H x W, float32, on the CPU. Grids are upsampled bilinearly
/// (half-pixel centres); every pixel of a superpixel gets the superpixel's value. values: Maps::values of `method` for
/// the subject.
at::Tensor relevance_of_pixels(const Method& method, const at::Tensor& values, Subject& subject);

/// Deletion (Petsiuk et al., RISE, arXiv 1806.07421): the area under the curve of the target's probability while an
/// image's pixels are replaced by the mean colour, the most relevant first, in `steps` equal parts. One number in [0,
/// 1] per image; low is good. relevance: N x H x W; pixels of equal relevance are taken row by row. NaN where a map is
/// not finite or constant. Costs steps + 1 forward passes per image.
std::vector<double> deletion(Subject& subject, const at::Tensor& relevance, std::int64_t steps);

/// Insertion, from the same paper: the same while the pixels of the blurred image are replaced by those of the image;
/// high is good. The blur is a Gaussian of 11 x 11 pixels with sigma 5; pixels outside the image have the mean colour.
std::vector<double> insertion(Subject& subject, const at::Tensor& relevance, std::int64_t steps);

/// Sensitivity-n (Ancona et al., arXiv 1711.06104): how well the summed relevance of a random set of n features
/// predicts the drop of the target's logit when these features are removed. It is Pearson's correlation over `sets`
/// random sets, averaged over n = 10, 30, 50, 70 and 90 % of the features. The features are 8 x 8 fields that the image
/// is cut into.
class SensitivityN {
 public:
  /// Evaluates the model on all sets: 5 * sets + 1 forward passes per image. The outputs are used for all maps of the
  /// subject.
  SensitivityN(Subject& subject, std::int64_t sets);

  /// One number in [-1, 1] per image for the maps `relevance`, N x H x W. NaN where a map is constant or not finite.
  std::vector<double> operator()(const at::Tensor& relevance) const;

 private:
  std::int64_t sets_;
  at::Tensor fields_;                ///< H x W: which field each pixel belongs to
  std::vector<at::Tensor> present_;  ///< by image: (5 * sets + 1) x fields, 1 = present; the first row has all fields
  std::vector<std::vector<double>> outputs_;  ///< by image: the target's logit for each row of present_
};

}  // namespace sightline::attribution
