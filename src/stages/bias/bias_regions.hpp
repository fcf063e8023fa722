#pragma once

#include <string>
#include <vector>

#include "stages/focus/focus_result.hpp"

namespace sightline::stages {

/// An image that draws relevance for a class that it does not belong to.
struct OffendingPicture {
  std::string path;
  int pairs = 0;              ///< pairs in which more than half of the relevance lies on this image
  double wrong_share = 0.0;   ///< mean share of the relevance on it over these pairs, in (0.5, 1]
  std::size_t kind = 0;       ///< index of its kind; kind 0 has the most images
  std::vector<float> region;  ///< features under the relevance (focus::offending_features), the mean over these pairs
};

/// The images of one class that are taken as evidence for another, in clusters of similar features: each cluster is a
/// kind of bias.
struct BiasKinds {
  std::vector<OffendingPicture> pictures;  ///< sorted by kind, then by falling wrong_share
  std::size_t kinds = 0;                   ///< the number of kinds
  double silhouette = 0.0;                 ///< mean silhouette of the clusters, in [-1, 1]; 0 for a single one
};

/// The kinds of bias among the pairs of `target` and `other`, by one model and method. Takes the images of `other` on
/// which more than half of the relevance lies, and clusters their `region` by cosine distance and average linkage. The
/// tree is cut where the silhouette is largest if that is at least 0.25 (clustering::best_partition); otherwise there
/// is a single kind. Without such images there is none.
BiasKinds kinds_of_bias(const FocusScores& scores, const focus::MosaicSet& pairs, int target, int other);

}  // namespace sightline::stages
