#include "clustering/tree_cuts.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <limits>
#include <map>
#include <numeric>

#include "statistics/statistics.hpp"

namespace sightline::clustering {
namespace {

using Items = std::vector<std::size_t>;

/// Finds the optimal leaf order by dynamic programming. The cost of two leaves i and j is that of the best order of the
/// smallest subtree that contains both, among the orders with i and j at the two ends: the sum of the dissimilarities
/// of neighbours.
class LeafOrdering {
 public:
  LeafOrdering(const std::vector<Merge>& tree, const std::vector<double>& dissimilarity, std::size_t items)
      : tree_(tree), items_(items), distances_(items * items), cost_(items * items, 0.0), leaves_(items) {
    for (std::size_t i = 0; i < items; ++i) {
      leaves_[i] = {i};
      for (std::size_t j = 0; j < items; ++j) {
        distances_[i * items + j] = 0.5 * (dissimilarity[i * items + j] + dissimilarity[j * items + i]);
      }
    }
    for (const auto& items_below : cluster_members(tree, items)) {
      leaves_.push_back(items_below);
    }
    for (std::size_t node = items; node < items + tree.size(); ++node) {
      compute_costs(node);
    }
  }

  Items best() const {
    const auto root = items_ + tree_.size() - 1;
    if (tree_.empty()) {
      return leaves_[root];
    }
    std::pair<std::size_t, std::size_t> ends;
    double least = std::numeric_limits<double>::infinity();
    for (const auto i : leaves_[tree_.back().left]) {
      for (const auto j : leaves_[tree_.back().right]) {
        if (cost_[i * items_ + j] < least) {
          least = cost_[i * items_ + j];
          ends = {i, j};
        }
      }
    }
    Items order;
    append_leaves(root, ends.first, ends.second, order);
    if (order.front() > order.back()) {
      std::reverse(order.begin(), order.end());
    }
    return order;
  }

 private:
  /// The two neighbouring leaves at which two branches meet.
  struct Junction {
    std::size_t left_end = 0;   ///< last leaf of the left branch
    std::size_t right_end = 0;  ///< first leaf of the right branch
    double cost = std::numeric_limits<double>::infinity();
  };

  bool is_below(std::size_t node, std::size_t leaf) const {
    return std::binary_search(leaves_[node].begin(), leaves_[node].end(), leaf);
  }

  /// The leaves that can be at the other end of a subtree that has the leaf `end` at one end.
  const Items& other_ends(std::size_t node, std::size_t end) const {
    if (node < items_) {
      return leaves_[node];
    }
    const auto& merge = tree_[node - items_];
    return leaves_[is_below(merge.left, end) ? merge.right : merge.left];
  }

  /// The junction with the smallest cost of the branches `left`, which starts with the leaf i, and `right`, which ends
  /// with the leaf j.
  Junction best_junction(std::size_t left, std::size_t i, std::size_t right, std::size_t j) const {
    Junction best;
    for (const auto l : other_ends(right, j)) {
      for (const auto h : other_ends(left, i)) {
        const double cost = cost_[i * items_ + h] + distances_[h * items_ + l] + cost_[l * items_ + j];
        if (cost < best.cost) {
          best = {h, l, cost};
        }
      }
    }
    return best;
  }

  /// Computes the cost of all pairs of leaves that `node` joins.
  void compute_costs(std::size_t node) {
    const auto& merge = tree_[node - items_];
    for (const auto i : leaves_[merge.left]) {
      for (const auto j : leaves_[merge.right]) {
        cost_[i * items_ + j] = cost_[j * items_ + i] = best_junction(merge.left, i, merge.right, j).cost;
      }
    }
  }

  /// Appends the leaves of `node` to `order`, in their best order with i first and j last.
  void append_leaves(std::size_t node, std::size_t i, std::size_t j, Items& order) const {
    if (node < items_) {
      order.push_back(node);
      return;
    }
    auto left = tree_[node - items_].left;
    auto right = tree_[node - items_].right;
    if (!is_below(left, i)) {
      std::swap(left, right);
    }
    const auto junction = best_junction(left, i, right, j);
    append_leaves(left, i, junction.left_end, order);
    append_leaves(right, junction.right_end, j, order);
  }

  const std::vector<Merge>& tree_;
  std::size_t items_;
  std::vector<double> distances_;  ///< items x items
  std::vector<double> cost_;       ///< items x items
  std::vector<Items> leaves_;      ///< the leaves of each node, ascending
};

}  // namespace

std::vector<Items> cluster_members(const std::vector<Merge>& tree, std::size_t items) {
  std::vector<Items> all;
  const auto items_of = [&](std::size_t node) { return node < items ? Items{node} : all[node - items]; };
  for (const auto& merge : tree) {
    Items joined;
    const auto left = items_of(merge.left);
    const auto right = items_of(merge.right);
    std::merge(left.begin(), left.end(), right.begin(), right.end(), std::back_inserter(joined));
    all.push_back(std::move(joined));
  }
  return all;
}

std::vector<std::size_t> cut_tree(const std::vector<Merge>& tree, std::size_t items, std::size_t clusters) {
  const std::size_t needed = items > clusters ? items - clusters : 0;
  Items group(items);
  std::iota(group.begin(), group.end(), 0);
  const auto joined = cluster_members(tree, items);
  for (std::size_t i = 0; i < tree.size() && needed > 0 && tree[i].height <= tree[needed - 1].height; ++i) {
    for (const auto item : joined[i]) {
      group[item] = items + i;
    }
  }
  std::map<std::size_t, std::size_t> numbers;
  for (auto& own : group) {
    own = numbers.try_emplace(own, numbers.size()).first->second;
  }
  return group;
}

std::vector<double> cophenetic_distances(const std::vector<Merge>& tree, std::size_t items) {
  std::vector<double> heights(items * items, 0.0);
  const auto joined = cluster_members(tree, items);
  const auto items_of = [&](std::size_t node) { return node < items ? Items{node} : joined[node - items]; };
  for (const auto& merge : tree) {
    for (const auto i : items_of(merge.left)) {
      for (const auto j : items_of(merge.right)) {
        heights[i * items + j] = heights[j * items + i] = merge.height;
      }
    }
  }
  return heights;
}

double cophenetic_correlation(const std::vector<Merge>& tree, const std::vector<double>& dissimilarity,
                              std::size_t items) {
  const auto heights = cophenetic_distances(tree, items);
  std::vector<double> x;
  std::vector<double> y;
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = i + 1; j < items; ++j) {
      x.push_back(heights[i * items + j]);
      y.push_back(0.5 * (dissimilarity[i * items + j] + dissimilarity[j * items + i]));
    }
  }
  return statistics::pearson(x, y);
}

std::vector<std::size_t> optimal_leaf_order(const std::vector<Merge>& tree, const std::vector<double>& dissimilarity,
                                            std::size_t items) {
  return LeafOrdering(tree, dissimilarity, items).best();
}

}  // namespace sightline::clustering
