#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include <Eigen/Core>

namespace sightline::comparison {

/// What all models make of one image.
struct ImageBehaviour {
  std::vector<std::int32_t> predictions;  ///< by model: class index; -1 = none
  std::int32_t label = -1;                ///< class index; -1 = unknown
  Eigen::MatrixXd logits = {};            ///< classes x models; empty unless a measure needs it; NaN without a record
};

/// A similarity of the outputs of two models for one image. A larger value means that they are more similar.
struct BehaviourMeasure {
  std::string name;  ///< in options, stores and tables
  bool needs_logits = false;
  /// models x models, symmetric; NaN where a model has no value for the image.
  Eigen::MatrixXd (*compare)(const ImageBehaviour& image) = nullptr;
};

/// All measures:
/// agreement      1 where both predict the same class, otherwise 0.
/// errors         1 where both are right or both wrong, otherwise 0: error consistency (Geirhos, Meding and Wichmann,
///                NeurIPS 2020), whose expectation and kappa statistics::error_consistency computes.
/// jensenshannon  1 - the Jensen-Shannon distance of the probabilities (softmax), in [0, 1]; the distance is the square
///                root of the divergence to base 2, as scipy.spatial.distance.jensenshannon(p, q, 2) computes it.
/// logits         Spearman's rank correlation of the logits, in [-1, 1]; equal logits get their mean rank.
const std::vector<BehaviourMeasure>& behaviour_measures();

/// The measure with this name. Throws base::Error(usage) for another one, and names those that there are.
const BehaviourMeasure& behaviour_measure(const std::string& name);

}  // namespace sightline::comparison
