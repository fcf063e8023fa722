#include "stages/bias/bias_regions.hpp"

#include <algorithm>
#include <cmath>
#include <functional>
#include <map>
#include <numeric>

#include "clustering/linkage.hpp"
#include "clustering/silhouette.hpp"

namespace sightline::stages {
namespace {

constexpr double min_silhouette = 0.25;  ///< below it there is a single kind
constexpr std::size_t max_kinds = 8;

std::vector<OffendingPicture> offending_pictures(const FocusScores& scores, const focus::MosaicSet& pairs, int target,
                                                 int other) {
  std::map<std::string, OffendingPicture> by_path;
  for (std::size_t i = 0; i < scores.focus.size(); ++i) {
    const auto& pair = pairs.mosaics[i];
    const auto share = 1.0 - scores.focus[i];  // NaN for an undefined score, which the condition excludes
    if (pair.target != target || pair.classes[1] != other || !(share > 0.5)) {
      continue;
    }
    auto& picture = by_path[pair.paths[1]];
    picture.path = pair.paths[1];
    picture.region.resize(scores.offending[i].size(), 0.0F);
    std::transform(picture.region.begin(), picture.region.end(), scores.offending[i].begin(), picture.region.begin(),
                   std::plus<>());
    picture.wrong_share += share;
    ++picture.pairs;
  }
  std::vector<OffendingPicture> pictures;
  for (auto& [path, picture] : by_path) {
    picture.wrong_share /= picture.pairs;
    for (auto& value : picture.region) {
      value /= static_cast<float>(picture.pairs);
    }
    pictures.push_back(std::move(picture));
  }
  return pictures;
}

/// The cosine distances between the images' regions: row-major, images x images. The distance to a zero vector is 1.
std::vector<double> cosine_distances(const std::vector<OffendingPicture>& pictures) {
  const auto dot = [](const std::vector<float>& a, const std::vector<float>& b) {
    return std::inner_product(a.begin(), a.end(), b.begin(), 0.0, std::plus<>(),
                              [](float x, float y) { return double{x} * double{y}; });
  };
  const auto items = pictures.size();
  std::vector<double> distances(items * items, 0.0);
  for (std::size_t i = 0; i < items; ++i) {
    for (std::size_t j = 0; j < i; ++j) {
      const auto& a = pictures[i].region;
      const auto& b = pictures[j].region;
      const auto lengths = std::sqrt(dot(a, a) * dot(b, b));
      distances[i * items + j] = distances[j * items + i] = lengths > 0.0 ? 1.0 - dot(a, b) / lengths : 1.0;
    }
  }
  return distances;
}

/// For each cluster, its rank by size; the largest cluster has rank 0.
std::vector<std::size_t> ranks_by_size(const std::vector<std::size_t>& clusters) {
  std::vector<std::size_t> sizes(*std::max_element(clusters.begin(), clusters.end()) + 1, 0);
  for (const auto cluster : clusters) {
    ++sizes[cluster];
  }
  std::vector<std::size_t> order(sizes.size());
  std::iota(order.begin(), order.end(), 0);
  std::stable_sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) { return sizes[a] > sizes[b]; });
  std::vector<std::size_t> place(order.size());
  for (std::size_t i = 0; i < order.size(); ++i) {
    place[order[i]] = i;
  }
  return place;
}

}  // namespace

BiasKinds kinds_of_bias(const FocusScores& scores, const focus::MosaicSet& pairs, int target, int other) {
  BiasKinds made{offending_pictures(scores, pairs, target, other), 0, 0.0};
  if (made.pictures.empty()) {
    return made;
  }
  const auto items = made.pictures.size();
  const auto distances = cosine_distances(made.pictures);
  const auto partition = clustering::best_partition(clustering::linkage(distances, items, "average"), distances, items,
                                                    max_kinds, min_silhouette);
  const auto place = ranks_by_size(partition.clusters);
  for (std::size_t i = 0; i < items; ++i) {
    made.pictures[i].kind = place[partition.clusters[i]];
  }
  std::stable_sort(made.pictures.begin(), made.pictures.end(), [](const auto& a, const auto& b) {
    return a.kind != b.kind ? a.kind < b.kind : a.wrong_share > b.wrong_share;
  });
  made.kinds = place.size();
  made.silhouette = partition.silhouette;
  return made;
}

}  // namespace sightline::stages
