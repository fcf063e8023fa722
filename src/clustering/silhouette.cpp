#include "clustering/silhouette.hpp"

#include <algorithm>
#include <limits>

#include "clustering/tree_cuts.hpp"

namespace sightline::clustering {

double silhouette(const std::vector<double>& dissimilarity, const std::vector<std::size_t>& clusters) {
  const auto items = clusters.size();
  std::vector<double> sizes(*std::max_element(clusters.begin(), clusters.end()) + 1, 0.0);
  for (const auto cluster : clusters) {
    sizes[cluster] += 1.0;
  }
  double total = 0.0;
  for (std::size_t item = 0; item < items; ++item) {
    const auto own = clusters[item];
    if (sizes[own] == 1.0) {
      continue;
    }
    std::vector<double> distances(sizes.size(), 0.0);
    for (std::size_t other = 0; other < items; ++other) {
      distances[clusters[other]] += other == item ? 0.0 : dissimilarity[item * items + other];
    }
    const auto within = distances[own] / (sizes[own] - 1.0);
    auto nearest = std::numeric_limits<double>::infinity();
    for (std::size_t cluster = 0; cluster < sizes.size(); ++cluster) {
      nearest = cluster == own ? nearest : std::min(nearest, distances[cluster] / sizes[cluster]);
    }
    const auto largest = std::max(within, nearest);
    total += largest > 0.0 ? (nearest - within) / largest : 0.0;
  }
  return total / static_cast<double>(items);
}

Partition best_partition(const std::vector<Merge>& tree, const std::vector<double>& dissimilarity, std::size_t items,
                         std::size_t max_clusters, double min_silhouette) {
  Partition best{std::vector<std::size_t>(items, 0), 0.0};
  for (std::size_t clusters = 2; clusters <= max_clusters && clusters < items; ++clusters) {
    auto parts = cut_tree(tree, items, clusters);
    if (*std::max_element(parts.begin(), parts.end()) == 0) {
      continue;  // merges of equal height are never separated, so the cut may leave a single cluster
    }
    if (const auto value = silhouette(dissimilarity, parts); value >= min_silhouette && value > best.silhouette) {
      best = {std::move(parts), value};
    }
  }
  return best;
}

}  // namespace sightline::clustering
