#pragma once

#include <cstddef>
#include <vector>

#include "clustering/linkage.hpp"

namespace sightline::clustering {

/// Cuts the tree into at most `clusters` (>= 1) clusters, as scipy.cluster.hierarchy.fcluster(Z, clusters, "maxclust")
/// does: at the lowest height that leaves at most this many clusters. There are fewer if several merges have that
/// height, since they are not separated. Returns the cluster of each item, numbered from 0 by first appearance.
std::vector<std::size_t> cut_tree(const std::vector<Merge>& tree, std::size_t items, std::size_t clusters);

/// The cophenetic distance of each two items, as scipy.cluster.hierarchy.cophenet computes it: the height of the merge
/// that joins them. Row-major items x items, 0 on the diagonal.
std::vector<double> cophenetic_distances(const std::vector<Merge>& tree, std::size_t items);

/// The cophenetic correlation, in [-1, 1]: Pearson's correlation, over all pairs of items, of the cophenetic distances
/// with the dissimilarities. It measures how faithfully the tree represents them. NaN if either is constant.
/// dissimilarity: row-major items x items; it is made symmetric as (D + D^T) / 2.
double cophenetic_correlation(const std::vector<Merge>& tree, const std::vector<double>& dissimilarity,
                              std::size_t items);

/// The items of the cluster that each merge makes, ascending; one row per merge.
std::vector<std::vector<std::size_t>> cluster_members(const std::vector<Merge>& tree, std::size_t items);

/// The optimal leaf order (Bar-Joseph, Gifford and Jaakkola, Bioinformatics 2001): of all orders that the tree allows
/// by swapping the branches of its merges, that in which the sum of the dissimilarities of neighbouring leaves is
/// smallest. Returns the items from left to right; of an order and its mirror image, that which starts with the smaller
/// item. Takes time of order items^3 to items^4, and memory of order items^2. dissimilarity: as in
/// cophenetic_correlation.
std::vector<std::size_t> optimal_leaf_order(const std::vector<Merge>& tree, const std::vector<double>& dissimilarity,
                                            std::size_t items);

}  // namespace sightline::clustering
