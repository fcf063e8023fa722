#pragma once

#include <cstdint>
#include <vector>

#include "attribution/coalitions/least_squares.hpp"
#include "base/random.hpp"

/// KernelSHAP: Shapley values as the solution of a weighted regression over coalitions (Lundberg and Lee, arXiv
/// 1705.07874), estimated from a sample of the coalitions.
namespace sightline::attribution {

/// Sampled pairs of a coalition and its complement. Each row holds one coalition of a pair (1 = present).
struct CoalitionPairs {
  Matrix rows;       ///< pairs x features: the smaller coalition of each pair, at most features / 2 present
  Vector inclusion;  ///< the probability with which each pair was drawn, in (0, 1]
  /// The number of model outputs needed, with those of the empty and the full coalition.
  std::int64_t evaluations() const { return 2 * rows.rows() + 2; }
};

/// Draws pairs for at most `evaluations` model outputs without replacement, stratified by the coalition's size. The
/// share of a size is the geometric mean of its leverage score (arXiv 2410.01917), which is the same for all sizes, and
/// its weight in the Shapley kernel (the "modified l2" of arXiv 2506.05216). What exceeds a stratum's number of pairs
/// is given to the other strata, so 2^features evaluations draw every coalition. features >= 2, evaluations >= 4.
CoalitionPairs draw_pairs(const base::NumberStream& stream, std::int64_t features, std::int64_t evaluations);

/// Estimated Shapley values.
struct ShapleyEstimate {
  Vector values;           ///< one per feature; their sum is full - empty, to rounding
  Vector standard_errors;  ///< the sampling error of each value; 0 where all coalitions were drawn
};

/// The weighted regression over drawn pairs. outputs, complements: the game's value for each row and for its
/// complement; empty, full: its value for no features and for all.
ShapleyEstimate solve_pairs(const CoalitionPairs& pairs, const Vector& outputs, const Vector& complements, double empty,
                            double full);

/// Coalitions as Captum's KernelShap draws them: evaluations x features, 1 = present. Row 0 has all features and row 1
/// none. Every further row is independent: its size k has a probability proportional to (features - 1) / (k (features -
/// k)), and its k members are drawn uniformly.
Matrix draw_like_captum(const base::NumberStream& sizes, const base::NumberStream& keys, std::int64_t features,
                        std::int64_t evaluations);

/// The regression of Captum's KernelShap over such rows: least squares with an intercept, where the empty and the full
/// coalition have the weight 1e6 and all others 1.
Regression solve_like_captum(const Matrix& rows, const Vector& outputs);

}  // namespace sightline::attribution
