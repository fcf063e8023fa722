#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

namespace sightline::focus {

/// The distances of plain images and of mosaics to the classes of the images, in a model's feature space. They show
/// whether the model sees mosaics as images of an unfamiliar kind.
struct FeatureDistances {
  std::vector<double> images;   ///< of each image to the nearest class mean, without the image in its own class's mean
  std::vector<double> mosaics;  ///< of each mosaic to the nearest class mean
  double beyond_95 = 0.0;       ///< share of the mosaics whose distance exceeds that of 95 % of the images
  double auroc = 0.5;           ///< probability that a random mosaic has a larger distance than a random image
};

/// Computes the distances between features and class means, in units of the features' standard deviation within the
/// classes (if no class has two images, of that over all images): the square root of the mean square over the features.
/// Up to a factor, this is the Mahalanobis distance (Lee et al., arXiv 1807.03888) with a diagonal covariance matrix
/// that all classes share. Features without variance are left out. images: N x F, of plain images of at least two
/// classes; labels: N, int64, class indices from 0 on; mosaics: M x F.
///
/// If the features are means over an image, as with global average pooling, an AUROC below 0.5 is to be expected: the
/// mean over several images varies less, so mosaics lie nearer to the class means.
FeatureDistances feature_distances(const at::Tensor& images, const at::Tensor& labels, const at::Tensor& mosaics);

/// A projection of features to two dimensions.
struct FeatureMap {
  at::Tensor images;   ///< N x 2, float32
  at::Tensor mosaics;  ///< M x 2, float32
};
/// Projects images and mosaics on the first two principal components of the images' features. The sign of a component
/// is that which makes its loading with the largest magnitude positive. images: N x F; mosaics: M x F; both float32.
FeatureMap feature_map(const at::Tensor& images, const at::Tensor& mosaics);

}  // namespace sightline::focus
