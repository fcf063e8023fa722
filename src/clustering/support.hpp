#pragma once

#include <cstddef>
#include <functional>
#include <string>
#include <vector>

#include "clustering/linkage.hpp"

namespace sightline::clustering {

/// The bootstrap support of the clusters of a tree (Felsenstein, Evolution 1985): for each merge, the share of the
/// trees of resampled matrices that have a cluster of exactly the same items. In [0, 1]; 1 for the last merge, which
/// has all items. method: the linkage method of all trees; resampled(r): the r-th of `resamples` dissimilarity
/// matrices, row-major items x items.
std::vector<double> support(const std::vector<Merge>& tree, std::size_t items, const std::string& method,
                            std::size_t resamples, const std::function<std::vector<double>(std::size_t)>& resampled);

}  // namespace sightline::clustering
