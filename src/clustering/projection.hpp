#pragma once

#include <cstddef>
#include <vector>

namespace sightline::clustering {

/// An embedding of items in a space of few dimensions.
struct Projection {
  std::vector<double> coordinates;  ///< row-major items x dimensions
  std::vector<double> share;        ///< by dimension: share of the variance, in [0, 1], in descending order
};

/// Principal component analysis of the rows of a matrix, as scikit-learn's PCA computes it: the columns are centred,
/// and the sign of each component is that which makes its loading with the largest magnitude positive. matrix:
/// row-major items x items; dimensions: at most items.
Projection principal_components(const std::vector<double>& matrix, std::size_t items, std::size_t dimensions);

/// Classical multidimensional scaling (Torgerson, Psychometrika 1952): points whose Euclidean distances approximate the
/// dissimilarities. The sign of each dimension is that which makes its coordinate with the largest magnitude positive.
/// A dimension whose eigenvalue is not positive is all 0. Projection::share is relative to the sum of the eigenvalues'
/// magnitudes. dissimilarity: row-major items x items; it is made symmetric as (D + D^T) / 2, and its diagonal is
/// ignored. dimensions: at most items.
Projection classical_mds(const std::vector<double>& dissimilarity, std::size_t items, std::size_t dimensions);

}  // namespace sightline::clustering
