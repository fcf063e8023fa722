#include "attribution/quality/faithfulness.hpp"

#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/conv2d.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/exp.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/matmul.h>
#include <ATen/ops/ones.h>
#include <ATen/ops/stack.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/where.h>
#include <ATen/ops/zeros.h>
#include <ATen/ops/zeros_like.h>

#include "attribution/perturbation.hpp"
#include "base/shuffle.hpp"
#include "statistics/statistics.hpp"

namespace sightline::attribution {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();
constexpr std::array shares = {0.1, 0.3, 0.5, 0.7, 0.9};  ///< of the fields that are removed
constexpr std::int64_t side = 8;                          ///< fields along each side of the image

/// Which maps define an order of the pixels: those that are finite and not constant.
std::vector<bool> ordering_maps(const at::Tensor& relevance) {
  const auto pixels = relevance.flatten(1);
  const auto orders = at::isfinite(pixels).all(1).logical_and(pixels.amax(1) > pixels.amin(1));
  std::vector<bool> result;
  for (std::int64_t image = 0; image < orders.size(0); ++image) {
    result.push_back(orders[image].item<bool>());
  }
  return result;
}

/// The rank of every pixel by decreasing relevance, from 0: N x 1 x H x W, int64.
at::Tensor ranks(const at::Tensor& relevance) {
  const auto order = at::argsort(relevance.flatten(1), /*stable=*/true, /*dim=*/1, /*descending=*/true);
  auto ranks = at::empty_like(order);
  ranks.scatter_(1, order, at::arange(order.size(1), order.options()).expand_as(order));
  return ranks.view({relevance.size(0), 1, relevance.size(1), relevance.size(2)});
}

at::Tensor blurred(const at::Tensor& images) {
  constexpr std::int64_t reach = 5;  ///< pixels
  constexpr double sigma = 5.0;
  const auto offsets = at::arange(-reach, reach + 1, images.options());
  auto bell = at::exp(offsets * offsets / (-2.0 * sigma * sigma));
  bell = bell / bell.sum();
  const auto kernel = (bell.view({-1, 1}) * bell.view({1, -1})).expand({3, 1, -1, -1});
  return at::conv2d(images, kernel, {}, 1, reach, 1, 3);
}

/// The area under the curve of the target's probability while the pixels of `start` are replaced by those of `end`.
std::vector<double> area(Subject& subject, const at::Tensor& relevance, std::int64_t steps, const at::Tensor& start,
                         const at::Tensor& end) {
  const auto images = subject.images();
  const auto pixels = relevance.size(1) * relevance.size(2);
  const auto order = ranks(relevance).to(subject.inputs().device());
  std::vector<double> sums(static_cast<std::size_t>(images), 0.0);
  in_passes(images * (steps + 1), subject.pass_size(), [&](std::int64_t first, std::int64_t count) {
    const auto owners = subject.owners(first, count, steps + 1);
    const auto step = (at::arange(first, first + count, owners.options()) % (steps + 1)).view({-1, 1, 1, 1});
    const auto replaced = order.index_select(0, owners) * steps < step * pixels;
    const auto variants = at::where(replaced, end.index_select(0, owners), start.index_select(0, owners));
    const auto scores = subject.scores(variants.contiguous(at::MemoryFormat::ChannelsLast), owners, true).cpu();
    for (std::int64_t k = 0; k < count; ++k) {
      const auto number = (first + k) % (steps + 1);
      const double weight = number == 0 || number == steps ? 0.5 : 1.0;
      sums[static_cast<std::size_t>((first + k) / (steps + 1))] += weight * scores[k].item<double>();
    }
  });
  const auto orders = ordering_maps(relevance);
  for (std::size_t image = 0; image < sums.size(); ++image) {
    sums[image] = orders[image] ? sums[image] / static_cast<double>(steps) : nan;
  }
  return sums;
}

/// A row with all fields present, then for every share `sets` rows from which that share of the fields is removed.
Coalitions random_sets(const Subject& subject, std::int64_t image, std::int64_t sets) {
  auto present = at::ones({static_cast<std::int64_t>(shares.size()) * sets + 1, side * side});
  std::int64_t row = 1;
  for (std::size_t share = 0; share < shares.size(); ++share) {
    const auto absent = static_cast<std::size_t>(std::lround(shares[share] * side * side));
    for (std::int64_t set = 0; set < sets; ++set, ++row) {
      std::vector<std::int64_t> fields(side * side);
      std::iota(fields.begin(), fields.end(), 0);
      base::shuffle(fields, subject.stream(fmt::format("sensitivity_n:{}:{}", share, set), image));
      for (std::size_t i = 0; i < absent; ++i) {
        present[row][fields[i]] = 0.0F;
      }
    }
  }
  return present;
}

/// For one image: the correlation between the removed relevance and the drop of the output, averaged over the shares.
double mean_correlation(const at::Tensor& fields, const Coalitions& present, const std::vector<double>& outputs,
                        std::int64_t sets) {
  const auto removed = at::matmul(1.0 - present.to(at::kDouble), fields);
  double total = 0.0;
  std::size_t first = 1;
  for (std::size_t share = 0; share < shares.size(); ++share) {
    std::vector<double> relevance;
    std::vector<double> drop;
    for (std::int64_t set = 0; set < sets; ++set, ++first) {
      relevance.push_back(removed[static_cast<std::int64_t>(first)].item<double>());
      drop.push_back(outputs[0] - outputs[first]);
    }
    total += statistics::pearson(relevance, drop);
  }
  return total / static_cast<double>(shares.size());
}

}  // namespace

at::Tensor relevance_of_pixels(const Method& method, const at::Tensor& values, Subject& subject) {
  const auto height = subject.inputs().size(2);
  const auto width = subject.inputs().size(3);
  if (method.kind() == MapKind::grid) {
    return at::upsample_bilinear2d(values.unsqueeze(1), {height, width}, /*align_corners=*/false).squeeze(1);
  }
  if (method.kind() == MapKind::pixels) {
    return values;
  }
  std::vector<at::Tensor> maps;
  for (std::int64_t image = 0; image < subject.images(); ++image) {
    const auto& labels = subject.superpixels(*method.superpixels(), image).labels;
    maps.push_back(values[image].index_select(0, labels.flatten()).view(labels.sizes()));
  }
  return at::stack(maps);
}

std::vector<double> deletion(Subject& subject, const at::Tensor& relevance, std::int64_t steps) {
  return area(subject, relevance, steps, subject.inputs(), at::zeros_like(subject.inputs()));
}

std::vector<double> insertion(Subject& subject, const at::Tensor& relevance, std::int64_t steps) {
  return area(subject, relevance, steps, blurred(subject.inputs()), subject.inputs());
}

SensitivityN::SensitivityN(Subject& subject, std::int64_t sets) : sets_(sets) {
  const SuperpixelRule rule{0, side, side};
  for (std::int64_t image = 0; image < subject.images(); ++image) {
    present_.push_back(random_sets(subject, image, sets));
  }
  outputs_ = evaluate(subject, rule, present_, /*probability=*/false);
  fields_ = subject.superpixels(rule, 0).labels;
}

std::vector<double> SensitivityN::operator()(const at::Tensor& relevance) const {
  std::vector<double> result;
  for (std::size_t image = 0; image < outputs_.size(); ++image) {
    auto fields = at::zeros({side * side}, at::kDouble);
    fields.index_add_(0, fields_.flatten(), relevance[static_cast<std::int64_t>(image)].flatten().to(at::kDouble));
    result.push_back(mean_correlation(fields, present_[image], outputs_[image], sets_));
  }
  return result;
}

}  // namespace sightline::attribution
