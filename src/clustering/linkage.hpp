#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sightline::clustering {

/// One merge of a hierarchical clustering of n items; equals a row of scipy's linkage matrix Z. The clusters 0 to n - 1
/// are the single items, and cluster n + i is made by merge i.
struct Merge {
  std::size_t left = 0;   ///< one of the merged clusters
  std::size_t right = 0;  ///< the other one; left < right
  double height = 0.0;    ///< distance of the two clusters
  std::size_t items = 0;  ///< number of items in the merged cluster
};

/// The names of the linkage methods: single, complete, average, weighted and ward.
const std::vector<std::string>& linkage_methods();
/// Throws base::Error(usage), which offers the nearest name, for an unknown linkage method.
void check_linkage(const std::string& method);

/// Agglomerative hierarchical clustering, as scipy.cluster.hierarchy.linkage computes it. Returns the n - 1 merges of n
/// items by ascending height; together they are the tree that the functions of this layer take. dissimilarity:
/// row-major n x n, as check_matrix accepts it; it is made symmetric as (D + D^T) / 2, numbers below 0 by rounding
/// count as 0, and its diagonal is ignored. Throws base::Error(usage) for an unknown method, and base::Error(fault) for
/// a matrix of another size or with numbers that are negative beyond rounding, not finite or too large.
///
/// Single linkage is found by a minimum spanning tree, which breaks ties as scipy does. The other methods use the
/// nearest-neighbour chain (Müllner, arXiv 1109.2378) with Lance-Williams updates.
std::vector<Merge> linkage(const std::vector<double>& dissimilarity, std::size_t items, const std::string& method);

/// The items in the order in which scipy.cluster.hierarchy.dendrogram draws the leaves of the tree, from left to right
/// (with its defaults, which do not sort by count or distance).
std::vector<std::size_t> leaf_order(const std::vector<Merge>& tree, std::size_t items);

}  // namespace sightline::clustering
