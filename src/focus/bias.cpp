#include "focus/bias.hpp"

#include <algorithm>
#include <map>
#include <set>

#include "base/error.hpp"

namespace sightline::focus {

std::vector<WorstImage> worst_images(const std::vector<Predicted>& images, int count) {
  std::map<int, std::vector<Predicted>> by_class;
  for (const auto& image : images) {
    if (image.label >= 0) {
      by_class[image.label].push_back(image);
    }
  }
  std::vector<WorstImage> worst;
  for (auto& [label, own] : by_class) {
    std::sort(own.begin(), own.end(), [](const Predicted& a, const Predicted& b) {
      return a.probability != b.probability ? a.probability < b.probability : a.path < b.path;
    });
    for (int rank = 0; rank < std::min(count, static_cast<int>(own.size())); ++rank) {
      worst.push_back({own[static_cast<std::size_t>(rank)], rank});
    }
  }
  return worst;
}

MosaicSet bias_pairs(const std::vector<WorstImage>& worst, const std::filesystem::path& root, int target) {
  std::set<std::pair<int, int>> mixed_up;
  for (const auto& [image, rank] : worst) {
    mixed_up.insert({image.label, image.rival});
    mixed_up.insert({image.rival, image.label});
  }
  MosaicSet set{root, 2, 1, {}, {}};
  for (const auto& own : worst) {
    for (const auto& other : worst) {
      const auto label = own.image.label;
      const bool wanted = target < 0 || label == target;
      if (wanted && mixed_up.count({label, other.image.label}) != 0) {
        set.mosaics.push_back({fmt::format("{}.{}-{}.{}", label, own.rank, other.image.label, other.rank),
                               label,
                               {own.image.path, other.image.path},
                               {label, other.image.label}});
      }
    }
  }
  if (set.mosaics.empty()) {
    throw base::input_error(
        "bias: no pair of images of two classes{}; give labelled images of the classes that the model "
        "knows",
        target < 0 ? "" : fmt::format(" with the target class {}", target));
  }
  return set;
}

}  // namespace sightline::focus
