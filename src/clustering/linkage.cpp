#include "clustering/linkage.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numeric>

#include "base/error.hpp"
#include "base/find_named.hpp"
#include "clustering/matrix_check.hpp"

namespace sightline::clustering {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The arguments of a Lance-Williams update, which computes the distance of a cluster k to the union of the clusters x
/// and y.
struct Update {
  double kx, ky, xy;  ///< distances of k to x, k to y, x to y
  double nx, ny, nk;  ///< numbers of items
};
using Rule = double (*)(const Update&);

double complete(const Update& u) {
  return std::max(u.kx, u.ky);
}
double average(const Update& u) {
  return (u.nx * u.kx + u.ny * u.ky) / (u.nx + u.ny);
}
double weighted(const Update& u) {
  return 0.5 * (u.kx + u.ky);
}
double ward(const Update& u) {
  const double t = 1.0 / (u.nx + u.ny + u.nk);
  return std::sqrt((u.nk + u.nx) * t * u.kx * u.kx + (u.nk + u.ny) * t * u.ky * u.ky - u.nk * t * u.xy * u.xy);
}

/// Throws base::Error(fault) for a matrix that no tree can be made of, or only a wrong one.
void check_distances(const std::vector<double>& values, std::size_t items) {
  if (values.size() != items * items) {
    throw base::fault("linkage: {} distances of {} items; {} are needed", values.size(), items, items * items);
  }
  double largest = 0.0;
  for (std::size_t i = 0; i < values.size(); ++i) {
    largest = std::max(largest, i / items == i % items ? 0.0 : std::abs(values[i]));
  }
  for (std::size_t i = 0; i < values.size(); ++i) {
    const bool diagonal = i / items == i % items;
    if (!diagonal && !(values[i] >= -rounding * largest && values[i] <= largest_number)) {
      throw base::fault("linkage: the distance of the items {} and {} is {}; it must be from 0 to {}", i / items,
                        i % items, values[i], largest_number);
    }
  }
}

/// A symmetric matrix: (D + D^T) / 2 of the given one, with 0 for what is negative by rounding.
class SymmetricMatrix {
 public:
  SymmetricMatrix(const std::vector<double>& values, std::size_t items) : items_(items), values_(items * items) {
    for (std::size_t i = 0; i < items; ++i) {
      for (std::size_t j = 0; j < items; ++j) {
        values_[i * items + j] = std::max(0.0, 0.5 * (values[i * items + j] + values[j * items + i]));
      }
    }
  }
  double at(std::size_t i, std::size_t j) const { return values_[i * items_ + j]; }
  void set(std::size_t i, std::size_t j, double value) { values_[i * items_ + j] = values_[j * items_ + i] = value; }
  std::size_t items() const { return items_; }

 private:
  std::size_t items_;
  std::vector<double> values_;
};

/// Sorts merges by height, and replaces the items that stand for clusters by the clusters' numbers.
std::vector<Merge> with_cluster_numbers(std::vector<Merge> merges, std::size_t items) {
  std::stable_sort(merges.begin(), merges.end(), [](const Merge& a, const Merge& b) { return a.height < b.height; });
  std::vector<std::size_t> parent(2 * items - 1);
  std::iota(parent.begin(), parent.end(), 0);
  std::vector<std::size_t> size(2 * items - 1, 1);
  const auto root = [&](std::size_t item) {
    while (parent[item] != item) {
      item = parent[item] = parent[parent[item]];
    }
    return item;
  };
  for (std::size_t i = 0; i < merges.size(); ++i) {
    auto& merge = merges[i];
    const auto a = root(merge.left);
    const auto b = root(merge.right);
    merge.left = std::min(a, b);
    merge.right = std::max(a, b);
    merge.items = size[a] + size[b];
    parent[a] = parent[b] = items + i;
    size[items + i] = merge.items;
  }
  return merges;
}

/// The nearest-neighbour chain algorithm: a chain, in which each cluster is followed by its nearest neighbour, grows
/// until its last two clusters are each other's nearest neighbours; these are merged.
std::vector<Merge> nearest_neighbour_chain(SymmetricMatrix distances, Rule rule) {
  const auto items = distances.items();
  std::vector<double> size(items, 1.0);
  std::vector<std::size_t> chain;
  std::vector<Merge> merges;
  while (merges.size() + 1 < items) {
    if (chain.empty()) {
      chain.push_back(static_cast<std::size_t>(
          std::find_if(size.begin(), size.end(), [](double n) { return n > 0.0; }) - size.begin()));
    }
    std::size_t x = 0;
    std::size_t y = 0;
    double nearest = infinity;
    for (;;) {
      x = chain.back();
      nearest = infinity;
      if (chain.size() > 1) {  // prefer the previous element, so that ties cannot cycle
        y = chain[chain.size() - 2];
        nearest = distances.at(x, y);
      }
      for (std::size_t i = 0; i < items; ++i) {
        if (size[i] > 0.0 && i != x && distances.at(x, i) < nearest) {
          nearest = distances.at(x, i);
          y = i;
        }
      }
      if (chain.size() > 1 && y == chain[chain.size() - 2]) {
        break;
      }
      chain.push_back(y);
    }
    chain.resize(chain.size() - 2);
    if (x > y) {
      std::swap(x, y);
    }
    merges.push_back({x, y, nearest, 0});
    const double nx = size[x];
    const double ny = size[y];
    size[x] = 0.0;
    size[y] = nx + ny;
    for (std::size_t i = 0; i < items; ++i) {
      if (size[i] > 0.0 && i != y) {
        distances.set(i, y, rule({distances.at(i, x), distances.at(i, y), nearest, nx, ny, size[i]}));
      }
    }
  }
  return with_cluster_numbers(std::move(merges), items);
}

/// Single linkage from a minimum spanning tree, by Prim's algorithm from item 0.
std::vector<Merge> minimum_spanning_tree(const SymmetricMatrix& distances) {
  const auto items = distances.items();
  std::vector<bool> joined(items, false);
  std::vector<double> gap(items, infinity);
  std::vector<Merge> merges;
  std::size_t x = 0;
  while (merges.size() + 1 < items) {
    joined[x] = true;
    std::size_t y = 0;
    double least = infinity;
    for (std::size_t i = 0; i < items; ++i) {
      if (!joined[i]) {
        gap[i] = std::min(gap[i], distances.at(x, i));
        if (gap[i] < least) {
          least = gap[i];
          y = i;
        }
      }
    }
    merges.push_back({x, y, least, 0});
    x = y;
  }
  return with_cluster_numbers(std::move(merges), items);
}

const std::map<std::string, Rule>& rules() {
  static const std::map<std::string, Rule> table = {
      {"complete", &complete}, {"average", &average}, {"weighted", &weighted}, {"ward", &ward}};
  return table;
}

}  // namespace

const std::vector<std::string>& linkage_methods() {
  static const std::vector<std::string> names = {"single", "complete", "average", "weighted", "ward"};
  return names;
}

void check_linkage(const std::string& method) {
  base::find_named(linkage_methods(), method, [](const base::UnknownName& unknown) {
    return base::usage_error("cluster.linkage: {}", unknown.not_one_of());
  });
}

std::vector<Merge> linkage(const std::vector<double>& dissimilarity, std::size_t items, const std::string& method) {
  if (items < 2) {
    return {};
  }
  check_linkage(method);
  check_distances(dissimilarity, items);
  const SymmetricMatrix distances(dissimilarity, items);
  return method == "single" ? minimum_spanning_tree(distances) : nearest_neighbour_chain(distances, rules().at(method));
}

std::vector<std::size_t> leaf_order(const std::vector<Merge>& tree, std::size_t items) {
  std::vector<std::size_t> order;
  std::vector<std::size_t> open = {items + tree.size() - 1};
  while (!open.empty()) {
    const auto node = open.back();
    open.pop_back();
    if (node < items) {
      order.push_back(node);
    } else {
      open.push_back(tree[node - items].right);
      open.push_back(tree[node - items].left);
    }
  }
  return order;
}

}  // namespace sightline::clustering
