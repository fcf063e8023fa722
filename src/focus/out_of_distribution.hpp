#pragma once

#include <vector>

#include <ATen/core/Tensor.h>

namespace sightline::focus {

/// How far pictures lie from the classes that a model knows: whether mosaics are fair to it.
struct FeatureDistances {
  std::vector<double> images;   ///< of each plain picture to the nearest class mean, its own class without itself
  std::vector<double> mosaics;  ///< of each mosaic
  double beyond = 0.0;          ///< share of the mosaics that are farther than 95 % of the images
  double auroc = 0.5;           ///< that a mosaic is farther than an image; 0.5 = they cannot be told apart; below, it
                                ///< is nearer: features that are means over a picture lose spread over four photos
};

/// Distances between features in units of their spread within the classes (of all images, where no class has two): the
/// square root of the mean square over features, which is the Mahalanobis distance (Lee et al., arXiv 1807.03888) with
/// a diagonal covariance shared by all classes. Features without spread are left out. `images`: N x F, plain pictures
/// of at least two classes; `labels`: N, int64, from 0 on; `mosaics`: M x F.
FeatureDistances feature_distances(const at::Tensor& images, const at::Tensor& labels, const at::Tensor& mosaics);

/// A flat map: the first two principal components of the images' features, and where the mosaics lie in it. Each N x 2,
/// float32; of a component's sign the one is taken that makes its largest loading positive.
struct FeatureMap {
  at::Tensor images;
  at::Tensor mosaics;
};
FeatureMap feature_map(const at::Tensor& images, const at::Tensor& mosaics);

}  // namespace sightline::focus
