#pragma once

#include <cstddef>
#include <vector>

namespace sightline::clustering {

/// Points of `items` in a few dimensions.
struct Projection {
  std::vector<double> coordinates;  ///< row-major items x dimensions
  std::vector<double> share;        ///< of the variance, by dimension, in [0, 1]; largest first
};

/// Principal components of the rows of a matrix (row-major items x items), centred, as scikit-learn's PCA gives them:
/// the largest loading of each component in absolute value is positive. `dimensions` <= items.
Projection principal_components(const std::vector<double>& matrix, std::size_t items, std::size_t dimensions);

/// Classical (Torgerson) multidimensional scaling of dissimilarities: points whose Euclidean distances come close to
/// them. (D + D^T) / 2 is used; of a coordinate's sign the one is taken that makes its largest value positive. Shares
/// are of the sum of the absolute eigenvalues; a dimension whose eigenvalue is not positive is all 0.
Projection classical_mds(const std::vector<double>& dissimilarity, std::size_t items, std::size_t dimensions);

}  // namespace sightline::clustering
