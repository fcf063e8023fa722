#pragma once

#include <string>
#include <vector>

#include "stages/focus/focus_result.hpp"

namespace sightline::stages {

/// A picture that draws relevance for a class that it is not of.
struct OffendingPicture {
  std::string path;
  int pairs = 0;             ///< in which most of the relevance lies on it
  double wrong_share = 0.0;  ///< mean over these, in (0.5, 1]
  std::size_t kind = 0;      ///< of bias, from 0 on, the one with most pictures first
  std::vector<float>
      region;  ///< what the model sees where the relevance lies (focus::offending_features), mean of them
};

/// How many different things are taken for a class.
struct BiasKinds {
  std::vector<OffendingPicture> pictures;  ///< by kind, then the largest share first
  std::size_t kinds = 0;
  double silhouette = 0.0;  ///< mean, in [-1, 1]: how well the kinds are told apart; 0 for a single one
};

/// Among the pairs of a class and another, by one model and method: the other's pictures on which more than half of the
/// relevance lies, clustered by what the model sees there: cosine distance, average linkage, the cut with the largest
/// silhouette if that reaches 0.25 (clustering/silhouette.hpp), else a single kind.
BiasKinds kinds_of_bias(const FocusScores& scores, const focus::MosaicSet& pairs, int target, int other);

}  // namespace sightline::stages
