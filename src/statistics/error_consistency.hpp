#pragma once

#include <cstdint>

namespace sightline::statistics {

/// On how many images two models are right or wrong.
struct RightAndWrong {
  std::int64_t both_right = 0;
  std::int64_t first_only = 0;   ///< the first one is right, the second one wrong
  std::int64_t second_only = 0;  ///< the other way round
  std::int64_t both_wrong = 0;

  std::int64_t images() const { return both_right + first_only + second_only + both_wrong; }
};

/// Do two models err on the same images (Geirhos, Meding and Wichmann, NeurIPS 2020)? All values are NaN without
/// images.
struct ErrorConsistency {
  double observed = 0.0;  ///< share of the images on which both are right or both are wrong
  double expected = 0.0;  ///< the same for two models of these accuracies that err independently
  double kappa = 0.0;  ///< (observed - expected) / (1 - expected), in [-1, 1]; NaN where one model is always right or
                       ///< always wrong, for then it is 0 whatever the other one does
  double low = 0.0;    ///< kappa minus z standard errors for large samples (Fleiss, Cohen and Everitt, Psychological
                       ///< Bulletin 1969), as statsmodels computes them
  double high = 0.0;   ///< kappa plus z standard errors
};
/// confidence: level of the limits, in (0, 1).
ErrorConsistency error_consistency(const RightAndWrong& counts, double confidence);

}  // namespace sightline::statistics
