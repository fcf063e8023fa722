#include "clustering/support.hpp"

#include <map>

#include "base/stop.hpp"
#include "clustering/tree_cuts.hpp"

namespace sightline::clustering {

std::vector<double> support(const std::vector<Merge>& tree, std::size_t items, const std::string& method,
                            std::size_t resamples, const std::function<std::vector<double>(std::size_t)>& resampled) {
  std::map<std::vector<std::size_t>, std::size_t> found;
  for (std::size_t r = 0; r < resamples; ++r) {
    base::throw_if_stopped();
    for (const auto& cluster : cluster_members(linkage(resampled(r), items, method), items)) {
      ++found[cluster];
    }
  }
  std::vector<double> shares;
  for (const auto& cluster : cluster_members(tree, items)) {
    shares.push_back(static_cast<double>(found[cluster]) / static_cast<double>(resamples));
  }
  return shares;
}

}  // namespace sightline::clustering
