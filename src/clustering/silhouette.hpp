#pragma once

#include <cstddef>
#include <vector>

#include "clustering/linkage.hpp"

namespace sightline::clustering {

/// Mean silhouette of a partition (Rousseeuw, J. Comput. Appl. Math. 1987), in [-1, 1], as scikit-learn's
/// silhouette_score with metric = "precomputed" gives it: an item alone in its cluster counts 0. `dissimilarity`:
/// row-major items x items, symmetric; `clusters`: a number from 0 on for every item, 2 to items - 1 different ones.
double silhouette(const std::vector<double>& dissimilarity, const std::vector<std::size_t>& clusters);

/// Clusters of items, and how well they are told apart.
struct Partition {
  std::vector<std::size_t> clusters;  ///< of every item, from 0 on by first appearance
  double silhouette = 0.0;            ///< mean; 0 for a single cluster
};
/// The cut of the tree into at most `most` clusters that has the largest silhouette (the fewest clusters of several); a
/// single cluster where no cut reaches `least`. Kaufman and Rousseeuw (Finding Groups in Data, 1990) see no substantial
/// structure below 0.25.
Partition best_partition(const std::vector<Merge>& tree, const std::vector<double>& dissimilarity, std::size_t items,
                         std::size_t most, double least);

}  // namespace sightline::clustering
