#pragma once

#include <cstddef>
#include <vector>

#include "clustering/linkage.hpp"

namespace sightline::clustering {

/// The mean silhouette of a partition (Rousseeuw, J. Comput. Appl. Math. 1987), in [-1, 1], as scikit-learn's
/// silhouette_score computes it with metric = "precomputed". An item that is alone in its cluster has the silhouette 0.
/// dissimilarity: row-major items x items, symmetric; clusters: the cluster of each item, numbered from 0 without gaps,
/// 2 to items - 1 clusters.
double silhouette(const std::vector<double>& dissimilarity, const std::vector<std::size_t>& clusters);

/// A partition of items into clusters, with its mean silhouette.
struct Partition {
  std::vector<std::size_t> clusters;  ///< cluster of each item, numbered from 0 by first appearance
  double silhouette = 0.0;            ///< mean over the items; 0 for a single cluster
};
/// Cuts the tree into at most max_clusters clusters and returns the partition with the largest mean silhouette; of
/// equally good partitions, that with the fewest clusters. If no partition has a silhouette above 0 and of at least
/// min_silhouette, all items are a single cluster. Kaufman and Rousseeuw (Finding Groups in Data, 1990) see no
/// substantial structure below 0.25. dissimilarity: as for `silhouette`.
Partition best_partition(const std::vector<Merge>& tree, const std::vector<double>& dissimilarity, std::size_t items,
                         std::size_t max_clusters, double min_silhouette);

}  // namespace sightline::clustering
