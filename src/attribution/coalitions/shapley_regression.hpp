#pragma once

#include <cstdint>
#include <vector>

#include "attribution/coalitions/least_squares.hpp"
#include "base/random.hpp"

/// KernelSHAP: Shapley values as the solution of a weighted regression over coalitions (Lundberg and Lee, arXiv
/// 1705.07874), from few well chosen coalitions.
namespace sightline::attribution {

/// A coalition and its complement stand together: row i of `rows` (1 = present) is one of a pair.
struct CoalitionPairs {
  Matrix rows;       ///< pairs x features; the members of the smaller half, at most features / 2 of them
  Vector inclusion;  ///< probability with which the pair was drawn
  std::int64_t evaluations() const { return 2 * rows.rows() + 2; }  ///< with the empty and the full coalition
};

/// Pairs for at most `evaluations` model outputs: drawn without replacement, stratified by size. A size's share is
/// the geometric mean of its leverage score (arXiv 2410.01917), which is the same for all, and of its weight in the
/// Shapley kernel (the "modified l2" of arXiv 2506.05216); what a small stratum cannot use goes to the others, so that
/// with 2^features evaluations every coalition is there. features >= 2, evaluations >= 4.
CoalitionPairs draw_pairs(const base::NumberStream& stream, std::int64_t features, std::int64_t evaluations);

struct ShapleyEstimate {
  Vector values;           ///< sum = full - empty, to rounding
  Vector standard_errors;  ///< of the drawing of coalitions; 0 where all were drawn
};

/// outputs / complements: the game's value of each row and of its complement.
ShapleyEstimate solve_pairs(const CoalitionPairs& pairs, const Vector& outputs, const Vector& complements, double empty,
                            double full);

/// Captum's drawing: row 0 everything, row 1 nothing, then sizes k with probability ~ (features - 1) / (k (features -
/// k)) and k members at random, independently.
Matrix draw_like_captum(const base::NumberStream& sizes, const base::NumberStream& keys, std::int64_t features,
                        std::int64_t evaluations);

/// Captum's regression of such rows: least squares with an intercept, weight 1e6 for empty and full coalitions, else 1.
Regression solve_like_captum(const Matrix& rows, const Vector& outputs);

}  // namespace sightline::attribution
