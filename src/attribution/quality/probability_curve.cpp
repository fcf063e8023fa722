#include "attribution/quality/probability_curve.hpp"

#include <limits>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/argsort.h>
#include <ATen/ops/empty_like.h>
#include <ATen/ops/isfinite.h>
#include <ATen/ops/where.h>

#include "attribution/perturbation.hpp"

namespace sightline::attribution {
namespace {

constexpr double nan = std::numeric_limits<double>::quiet_NaN();

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

}  // namespace

std::vector<double> area_under_curve(Subject& subject, const at::Tensor& relevance, std::int64_t steps,
                                     const at::Tensor& start, const at::Tensor& end) {
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

}  // namespace sightline::attribution
