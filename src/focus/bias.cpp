#include "focus/bias.hpp"

#include <algorithm>
#include <cmath>
#include <limits>
#include <map>
#include <numbers>
#include <set>

#include <ATen/TensorOperators.h>
#include <ATen/ops/adaptive_avg_pool2d.h>
#include <ATen/ops/bmm.h>
#include <boost/math/special_functions/erf.hpp>

#include "base/error.hpp"

namespace sightline::focus {

Confusion confusion(const std::vector<Prediction>& images, int target, int other, double confidence) {
  Confusion result;
  for (const auto& image : images) {
    result.images += image.label == other ? 1 : 0;
    result.confused += image.label == other && image.confused && image.rival == target ? 1 : 0;
  }
  if (result.images > 0) {
    const auto n = static_cast<double>(result.images);
    const auto share = result.confused / n;
    const auto z = std::numbers::sqrt2 * boost::math::erf_inv(confidence);
    const auto centre = share + z * z / (2.0 * n);
    const auto spread = z * std::sqrt(share * (1.0 - share) / n + z * z / (4.0 * n * n));
    result.low = std::max(0.0, (centre - spread) / (1.0 + z * z / n));
  }
  return result;
}

std::vector<WorstImage> worst_images(const std::vector<Prediction>& images, int count) {
  std::map<int, std::vector<Prediction>> by_class;
  for (const auto& image : images) {
    if (image.label >= 0) {
      by_class[image.label].push_back(image);
    }
  }
  std::vector<WorstImage> worst;
  for (auto& [label, own] : by_class) {
    std::sort(own.begin(), own.end(), [](const Prediction& a, const Prediction& b) {
      return a.probability != b.probability ? a.probability < b.probability : a.path < b.path;
    });
    for (int rank = 0; rank < std::min(count, static_cast<int>(own.size())); ++rank) {
      worst.push_back({own[static_cast<std::size_t>(rank)], rank});
    }
  }
  return worst;
}

MosaicSet bias_pairs(const std::vector<WorstImage>& worst, const images::PictureSource& source, int target) {
  std::set<std::pair<int, int>> confused_classes;
  for (const auto& [image, rank] : worst) {
    confused_classes.insert({image.label, image.rival});
    confused_classes.insert({image.rival, image.label});
  }
  MosaicSet set{source, 2, 1, {}, {}};
  for (const auto& own : worst) {
    for (const auto& other : worst) {
      const auto label = own.image.label;
      const bool is_pair = target < 0 ? confused_classes.count({label, other.image.label}) != 0 : label == target;
      if (is_pair && label != other.image.label) {
        set.mosaics.push_back({fmt::format("{}.{}-{}.{}", label, own.rank, other.image.label, other.rank),
                               label,
                               {own.image.path, other.image.path},
                               {label, other.image.label}});
      }
    }
  }
  if (set.mosaics.empty()) {
    if (target >= 0) {
      throw base::input_error("bias: there is no pair of an image of class {} and one of another class", target);
    }
    throw base::input_error(
        "bias: no class of the images is confused with another one of them; give images of classes that the model "
        "confuses, or name one class with --bias.target, which is then paired with all others");
  }
  return set;
}

at::Tensor offending_features(const at::Tensor& features, const at::Tensor& relevance, const MosaicSet& set,
                              std::size_t first) {
  auto off_target = relevance.to(features.device()).clamp_min(0.0);
  const auto height = off_target.size(1);
  const auto width = off_target.size(2);
  for (std::int64_t i = 0; i < off_target.size(0); ++i) {
    const auto is_target = set.mosaics[first + static_cast<std::size_t>(i)].is_target();
    for (std::int64_t tile = 0; tile < set.rows * set.columns; ++tile) {
      if (is_target[static_cast<std::size_t>(tile)]) {
        const auto row = tile / set.columns;
        const auto column = tile % set.columns;
        off_target[i]
            .slice(0, row * height / set.rows, (row + 1) * height / set.rows)
            .slice(1, column * width / set.columns, (column + 1) * width / set.columns)
            .zero_();
      }
    }
  }
  const auto weights = at::adaptive_avg_pool2d(off_target.unsqueeze(1), features.sizes().slice(2)).flatten(2);
  const auto sums = at::bmm(features.flatten(2).to(at::kFloat), weights.transpose(1, 2)).squeeze(2);
  return (sums / weights.sum(2).clamp_min(std::numeric_limits<float>::min())).cpu().contiguous();
}

}  // namespace sightline::focus
