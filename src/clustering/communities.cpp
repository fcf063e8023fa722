#include "clustering/communities.hpp"

#include <algorithm>
#include <cmath>
#include <igraph.h>
#include <map>
#include <numeric>
#include <set>

#include "base/error.hpp"
#include "base/find_named.hpp"
#include "base/stop.hpp"

namespace sightline::clustering {
namespace {

using Labels = std::vector<std::size_t>;

void check(igraph_error_t code) {
  if (code != IGRAPH_SUCCESS) {
    throw base::fault("igraph: {}", igraph_strerror(code));
  }
}

/// Owns an igraph graph, and the weights of its edges.
class Graph {
 public:
  Graph(const std::vector<double>& similarity, std::size_t items) : strength_(items, 0.0) {
    igraph_set_error_handler(igraph_error_handler_ignore);  // by default an error of igraph ends the program
    std::vector<igraph_integer_t> ends;
    for (std::size_t i = 0; i < items; ++i) {
      for (std::size_t j = i + 1; j < items; ++j) {
        const double weight = 0.5 * (similarity[i * items + j] + similarity[j * items + i]);
        if (weight > 0.0) {
          ends.insert(ends.end(), {static_cast<igraph_integer_t>(i), static_cast<igraph_integer_t>(j)});
          weights_.push_back(weight);
          strength_[i] += weight;
          strength_[j] += weight;
        }
      }
    }
    const auto view = view_of(ends);
    check(igraph_create(&graph_, &view, static_cast<igraph_integer_t>(items), IGRAPH_UNDIRECTED));
    check(igraph_vector_int_init(&membership_, static_cast<igraph_integer_t>(items)));
  }
  ~Graph() {
    igraph_vector_int_destroy(&membership_);
    igraph_destroy(&graph_);
  }
  Graph(const Graph&) = delete;
  Graph& operator=(const Graph&) = delete;

  bool has_edges() const { return !weights_.empty(); }

  Labels louvain(double resolution) {
    const auto weights = view_of(weights_);
    check(igraph_community_multilevel(&graph_, &weights, resolution, &membership_, nullptr, nullptr));
    return labels();
  }

  /// igraph's quality function is the modularity if the node weights are the strengths (sums of the weights of a node's
  /// edges) and the resolution is divided by twice the total weight.
  Labels leiden(double resolution) {
    const auto weights = view_of(weights_);
    const auto strength = view_of(strength_);
    const double total = std::accumulate(weights_.begin(), weights_.end(), 0.0);
    constexpr double randomness = 0.01;  // igraph's default beta
    // The value -1, which iterates until nothing changes, may never end: nearly equal partitions can alternate.
    constexpr igraph_integer_t iterations = 10;
    check(igraph_community_leiden(&graph_, &weights, &strength, resolution / (2.0 * total), randomness,
                                  /*start=*/false, iterations, &membership_, nullptr, nullptr));
    return labels();
  }

 private:
  static igraph_vector_t view_of(const std::vector<double>& values) {
    igraph_vector_t view;
    igraph_vector_view(&view, values.data(), static_cast<igraph_integer_t>(values.size()));
    return view;
  }
  static igraph_vector_int_t view_of(const std::vector<igraph_integer_t>& values) {
    igraph_vector_int_t view;
    igraph_vector_int_view(&view, values.data(), static_cast<igraph_integer_t>(values.size()));
    return view;
  }

  /// The community of each item, numbered from 0 by first appearance.
  Labels labels() const {
    std::map<igraph_integer_t, std::size_t> numbers;
    Labels result;
    for (igraph_integer_t i = 0; i < igraph_vector_int_size(&membership_); ++i) {
      result.push_back(numbers.try_emplace(VECTOR(membership_)[i], numbers.size()).first->second);
    }
    return result;
  }

  igraph_t graph_{};
  igraph_vector_int_t membership_{};
  std::vector<double> weights_;
  std::vector<double> strength_;
};

}  // namespace

const std::vector<std::string>& community_algorithms() {
  static const std::vector<std::string> names = {"louvain", "leiden"};
  return names;
}

void check_community_algorithm(const std::string& algorithm) {
  base::find_named(community_algorithms(), algorithm, [](const base::UnknownName& unknown) {
    return base::usage_error("cluster.communities: {}", unknown.not_one_of());
  });
}

double modularity(const std::vector<double>& similarity, std::size_t items, const Labels& labels, double resolution) {
  std::vector<double> strength(items, 0.0);
  double within = 0.0;
  double total = 0.0;
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = i + 1; j < items; ++j) {
      const double weight = std::max(0.0, 0.5 * (similarity[i * items + j] + similarity[j * items + i]));
      total += weight;
      within += labels[i] == labels[j] ? weight : 0.0;
      strength[i] += weight;
      strength[j] += weight;
    }
  }
  if (total == 0.0) {
    return 0.0;
  }
  std::map<std::size_t, double> community_strength;
  for (std::size_t i = 0; i < items; ++i) {
    community_strength[labels[i]] += strength[i];
  }
  double expected = 0.0;
  for (const auto& [label, sum] : community_strength) {
    expected += (sum / (2.0 * total)) * (sum / (2.0 * total));
  }
  return within / total - resolution * expected;
}

Communities find_communities(const std::vector<double>& similarity, std::size_t items, const std::string& algorithm,
                             double resolution, std::size_t runs, std::uint64_t seed) {
  check_community_algorithm(algorithm);
  Graph graph(similarity, items);
  Communities best;
  best.runs = runs;
  std::map<Labels, std::size_t> found;
  for (std::size_t run = 0; run < runs; ++run) {
    base::throw_if_stopped();
    igraph_rng_seed(igraph_rng_default(), static_cast<igraph_uint_t>(seed + run));
    Labels labels(items);
    std::iota(labels.begin(), labels.end(), 0);
    if (graph.has_edges()) {
      labels = algorithm == "louvain" ? graph.louvain(resolution) : graph.leiden(resolution);
    }
    const double quality = modularity(similarity, items, labels, resolution);
    if (++found[labels] == 1 && (found.size() == 1 || quality > best.modularity)) {
      best.modularity = quality;
      best.labels = labels;
    }
  }
  best.distinct_partitions = found.size();
  best.stability = runs > 0 ? static_cast<double>(found[best.labels]) / static_cast<double>(runs) : 0.0;
  return best;
}

}  // namespace sightline::clustering
