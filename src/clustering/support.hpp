#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "clustering/linkage.hpp"

namespace sightline::clustering {

/// How sure the clusters of a tree are (Felsenstein, Evolution 1985): for every merge, the share of `resamples` trees,
/// built by the same `method` from resampled matrices, that have a cluster of exactly the same items; in [0, 1], 1 for
/// the last merge. `resampled(r)`: the r-th dissimilarity matrix, row-major items x items.
std::vector<double> support(const std::vector<Merge>& tree, std::size_t items, const std::string& method,
                            std::size_t resamples, const std::function<std::vector<double>(std::size_t)>& resampled);

}  // namespace sightline::clustering
