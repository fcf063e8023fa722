#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

namespace sightline::clustering {

/// The result of several runs of a community detection algorithm on one graph. The best run is the one with the largest
/// modularity.
struct Communities {
  std::vector<std::size_t> labels;      ///< of the best run: community of each item, from 0 by first appearance
  double modularity = 0.0;              ///< of the best run, at the requested resolution
  std::size_t runs = 0;                 ///< number of runs
  std::size_t distinct_partitions = 0;  ///< number of different partitions among the runs
  double stability = 0.0;               ///< share of the runs that ended in the best partition, in (0, 1]
};

/// The names of the algorithms: louvain and leiden.
const std::vector<std::string>& community_algorithms();
/// Throws base::Error(usage), which offers the nearest name, for an unknown algorithm.
void check_community_algorithm(const std::string& algorithm);

/// Finds communities in the graph in which each pair of items with a positive similarity is joined by an edge with that
/// weight. The algorithm (louvain: Blondel et al., arXiv 0803.0476; leiden: Traag, Waltman and van Eck, arXiv
/// 1810.08473; both as in igraph) maximises the modularity. It is run `runs` times, with the seeds seed, seed + 1 and
/// so on, and the run with the largest modularity is kept. In a graph without edges every item is a community of its
/// own.
///
/// similarity: row-major items x items; it is made symmetric as (S + S^T) / 2, and its diagonal is ignored. resolution:
/// as in `modularity`; larger values give more communities. Throws base::Error(usage) for an unknown algorithm.
Communities find_communities(const std::vector<double>& similarity, std::size_t items, const std::string& algorithm,
                             double resolution, std::size_t runs, std::uint64_t seed);

/// The modularity (Newman and Girvan, arXiv cond-mat/0308217) of a partition of the graph that find_communities
/// describes, as networkx.community.modularity computes it: the share of the weight within communities minus
/// `resolution` times the share expected by chance. 0 for a graph without edges. labels: community of each item.
double modularity(const std::vector<double>& similarity, std::size_t items, const std::vector<std::size_t>& labels,
                  double resolution);

}  // namespace sightline::clustering
