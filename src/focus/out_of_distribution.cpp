#include "focus/out_of_distribution.hpp"

#include <algorithm>
#include <limits>

#include <ATen/TensorOperators.h>
#include <ATen/ops/full.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/nonzero.h>
#include <ATen/ops/ones_like.h>
#include <ATen/ops/zeros.h>

namespace sightline::focus {
namespace {

constexpr double infinity = std::numeric_limits<double>::infinity();

/// The mean features of the classes.
struct ClassMeans {
  at::Tensor means;   ///< C x F, float64; 0 for a class without images
  at::Tensor counts;  ///< C, float64: number of images
};

ClassMeans class_means(const at::Tensor& values, const at::Tensor& labels) {
  const auto count = labels.max().item<std::int64_t>() + 1;
  ClassMeans classes{at::zeros({count, values.size(1)}, at::kDouble), at::zeros({count}, at::kDouble)};
  classes.means.index_add_(0, labels, values);
  classes.counts.index_add_(0, labels, at::ones_like(labels, at::kDouble));
  classes.means = classes.means / classes.counts.clamp_min(1.0).unsqueeze(1);
  return classes;
}

/// The standard deviation of each feature within the classes, or over all images if no class has two.
at::Tensor deviation_of(const at::Tensor& values, const at::Tensor& labels, const ClassMeans& classes) {
  const auto freedom = static_cast<double>(values.size(0)) - (classes.counts > 0).sum().item<double>();
  const auto centred = freedom > 0 ? values - classes.means.index_select(0, labels) : values - values.mean(0);
  return (centred * centred).sum(0).div(std::max(freedom, 1.0)).sqrt();
}

/// The mean square difference of each image's features and each class mean: N x C; infinite for classes without images.
at::Tensor mean_square_differences(const at::Tensor& values, const ClassMeans& classes) {
  const auto& means = classes.means;
  auto result = (values * values).sum(1, true) - 2.0 * at::matmul(values, means.t()) + (means * means).sum(1);
  result.masked_fill_((classes.counts == 0).unsqueeze(0), infinity);
  return result.clamp_min(0.0) / static_cast<double>(values.size(1));
}

/// The distance to the nearest class mean: N x C mean square differences -> N distances.
std::vector<double> nearest_distances(const at::Tensor& squares) {
  const auto best = std::get<0>(squares.min(1)).sqrt().contiguous();
  return {best.const_data_ptr<double>(), best.const_data_ptr<double>() + best.numel()};
}

/// The probability that a random value of `b` is larger than a random value of `a`, where ties count half: the area
/// under the ROC curve.
double auroc(std::vector<double> a, const std::vector<double>& b) {
  std::sort(a.begin(), a.end());
  double more = 0.0;
  for (const auto value : b) {
    const auto [low, high] = std::equal_range(a.begin(), a.end(), value);
    more += 0.5 * static_cast<double>((low - a.begin()) + (high - a.begin()));
  }
  return more / (static_cast<double>(a.size()) * static_cast<double>(b.size()));
}

}  // namespace

FeatureDistances feature_distances(const at::Tensor& images, const at::Tensor& labels, const at::Tensor& mosaics) {
  auto values = images.to(at::kDouble);
  auto others = mosaics.to(at::kDouble);
  const auto deviation = deviation_of(values, labels, class_means(values, labels));
  const auto used = at::nonzero(deviation > 0.0).flatten();
  const auto scaled = [&](const at::Tensor& x) { return x.index_select(1, used) / deviation.index_select(0, used); };
  values = scaled(values);
  others = scaled(others);
  const auto classes = class_means(values, labels);
  auto to_means = mean_square_differences(values, classes);
  // The distance of an image to its own class's mean is n / (n - 1) times as large if the mean is taken without it.
  const auto counts = classes.counts.index_select(0, labels);
  const auto factor = (counts / (counts - 1.0)).square();
  const auto own_class = labels.unsqueeze(1);
  const auto left_out = to_means.gather(1, own_class) * factor.unsqueeze(1);
  to_means.scatter_(1, own_class, left_out.masked_fill((counts == 1.0).unsqueeze(1), infinity));
  FeatureDistances result{nearest_distances(to_means), nearest_distances(mean_square_differences(others, classes)), 0.0,
                          0.5};
  auto sorted = result.images;
  std::sort(sorted.begin(), sorted.end());
  const auto limit = sorted[std::min(sorted.size() - 1, sorted.size() * 95 / 100)];
  result.beyond_95 = static_cast<double>(std::count_if(result.mosaics.begin(), result.mosaics.end(),
                                                       [limit](double distance) { return distance > limit; })) /
                     static_cast<double>(result.mosaics.size());
  result.auroc = auroc(result.images, result.mosaics);
  return result;
}

FeatureMap feature_map(const at::Tensor& images, const at::Tensor& mosaics) {
  const auto mean = images.mean(0);
  const auto centred = images - mean;
  const auto [values, vectors] = at::linalg_eigh(at::matmul(centred.t(), centred));  // eigenvalues are ascending
  auto axes = vectors.narrow(1, vectors.size(1) - 2, 2).flip(1).contiguous();
  const auto largest = axes.abs().argmax(0, true);
  axes = axes * axes.gather(0, largest).sign();
  return {at::matmul(centred, axes).contiguous(), at::matmul(mosaics - mean, axes).contiguous()};
}

}  // namespace sightline::focus
