#pragma once

#include <cstddef>
#include <vector>

#include "clustering/linkage.hpp"

namespace sightline::clustering {

/// Cluster of every item when the tree is cut into at most `clusters` (>= 1), as scipy's fcluster(Z, clusters,
/// "maxclust") cuts: at the lowest height that leaves so few; merges of equal height are cut together, so there may be
/// fewer. Numbers from 0 by first appearance.
std::vector<std::size_t> cut(const std::vector<Merge>& tree, std::size_t items, std::size_t clusters);

/// The height at which two items meet, row-major items x items, 0 on the diagonal (scipy's cophenet).
std::vector<double> cophenetic_distances(const std::vector<Merge>& tree, std::size_t items);

/// Pearson correlation of the cophenetic distances with the dissimilarities ((D + D^T) / 2) over all pairs, in [-1, 1]:
/// how faithful the tree is. NaN when either has no variance.
double cophenetic_correlation(const std::vector<Merge>& tree, const std::vector<double>& dissimilarity,
                              std::size_t items);

/// The items of each merge's cluster, sorted; one row per merge.
std::vector<std::vector<std::size_t>> members(const std::vector<Merge>& tree, std::size_t items);

/// Turns the tree's branches so that the sum of dissimilarities between neighbouring leaves is as small as it can be
/// (Bar-Joseph, Gifford and Jaakkola, Bioinformatics 2001); returns the items from left to right. Of an order and its
/// mirror image, the one that starts with the smaller item. Time items^3 to items^4, memory items^2.
std::vector<std::size_t> optimal_leaf_order(const std::vector<Merge>& tree, const std::vector<double>& dissimilarity,
                                            std::size_t items);

}  // namespace sightline::clustering
