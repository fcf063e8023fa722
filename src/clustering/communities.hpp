#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sightline::clustering {

/// What many runs of a community search on one graph found.
struct Communities {
  std::vector<std::size_t> labels;  ///< of the best run: a number per item, from 0 by first appearance
  double modularity = 0.0;          ///< of the best run, at the resolution that was asked for
  std::size_t runs = 0;
  std::size_t distinct_partitions = 0;
  double stability = 0.0;  ///< share of the runs that ended in the best partition, in (0, 1]
};

/// louvain, leiden.
const std::vector<std::string>& community_algorithms();
/// Throws base::Error(usage) with the nearest name when there is no such algorithm.
void check_community_algorithm(const std::string& algorithm);

/// Communities of the graph in which every pair of items with a positive similarity is joined by an edge of that
/// weight: `runs` runs from the seeds seed, seed + 1, ..., of which the one with the largest modularity is kept
/// (networkx's definition, with `resolution` in front of the expected weight). `similarity`: row-major items x items;
/// made symmetric as (S + S^T) / 2, its diagonal ignored. louvain: Blondel et al., arXiv 0803.0476; leiden: Traag,
/// Waltman and van Eck, arXiv 1810.08473, maximising modularity; both by igraph. Without any edge every item is a
/// community of its own. Throws base::Error(usage) for an unknown algorithm.
Communities find_communities(const std::vector<double>& similarity, std::size_t items, const std::string& algorithm,
                             double resolution, std::size_t runs, std::uint64_t seed);

/// Modularity of a partition of that graph (Newman; networkx.community.modularity); 0 without any edge.
double modularity(const std::vector<double>& similarity, std::size_t items, const std::vector<std::size_t>& labels,
                  double resolution);

}  // namespace sightline::clustering
