#pragma once

#include <cstddef>
#include <string>
#include <vector>

namespace sightline::clustering {

/// One merge of a hierarchical clustering, as a row of scipy's Z: clusters `left` < `right` (0 .. n-1 are the items, n
/// + i is the cluster of merge i), the height at which they meet and the number of items below.
struct Merge {
  std::size_t left = 0;
  std::size_t right = 0;
  double height = 0.0;
  std::size_t items = 0;
};

/// single, complete, average, weighted, ward.
const std::vector<std::string>& linkage_methods();
/// Throws base::Error(usage) with the nearest name when there is no such linkage method.
void check_linkage(const std::string& method);

/// scipy.cluster.hierarchy.linkage of a dissimilarity matrix (row-major n x n): made symmetric as (D + D^T) / 2, its
/// diagonal ignored. Nearest-neighbour chain (Müllner, arXiv 1109.2378) with Lance-Williams updates; single by a
/// minimum spanning tree, which breaks ties as scipy does. n = 1 gives no merges. Throws base::Error(usage) for an
/// unknown method.
std::vector<Merge> linkage(const std::vector<double>& dissimilarity, std::size_t items, const std::string& method);

/// Items from left to right under the tree, as scipy's dendrogram orders them (no sorting by count or distance).
std::vector<std::size_t> leaf_order(const std::vector<Merge>& tree, std::size_t items);

}  // namespace sightline::clustering
