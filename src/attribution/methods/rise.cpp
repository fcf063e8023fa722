// RISE: the mean of random smooth masks, each weighted by the target's probability for the masked image. As in the
// authors' code, a mask is a grid of `cells` x `cells` cells, each 1 with the given probability and otherwise 0, which
// is upsampled to one cell more than the image and cropped at a random position.

#include <cmath>

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/upsample_bilinear2d.h>
#include <ATen/ops/zeros.h>

#include "attribution/methods/gradients.hpp"
#include "attribution/methods/methods.hpp"

namespace sightline::attribution {
namespace {

/// The masks number `first` to `first + count - 1`, of which every image has `samples`: count x 1 x H x W, on the CPU.
at::Tensor draw(const Parameters& parameters, const Subject& subject, std::int64_t first, std::int64_t count) {
  const auto samples = parameters.integer("samples");
  const auto cells = parameters.integer("cells");
  const auto height = subject.inputs().size(2);
  const auto width = subject.inputs().size(3);
  const auto cell_rows = (height + cells - 1) / cells;
  const auto cell_columns = (width + cells - 1) / cells;
  auto grids = at::empty({count, 1, cells, cells}, at::kFloat);
  for (std::int64_t k = 0; k < count; ++k) {
    const auto stream = subject.stream("rise.masks", (first + k) / samples);
    const auto sample = (first + k) % samples;
    for (std::int64_t i = 0; i < cells * cells; ++i) {
      const bool kept =
          stream.uniform(static_cast<std::uint64_t>(sample * cells * cells + i)) < parameters.number("probability");
      grids.mutable_data_ptr<float>()[k * cells * cells + i] = kept ? 1.0F : 0.0F;
    }
  }
  const auto wide = at::upsample_bilinear2d(grids, {(cells + 1) * cell_rows, (cells + 1) * cell_columns}, false);
  auto masks = at::empty({count, 1, height, width}, at::kFloat);
  for (std::int64_t k = 0; k < count; ++k) {
    const auto stream = subject.stream("rise.shift", (first + k) / samples);
    const auto sample = static_cast<std::uint64_t>((first + k) % samples);
    const auto down = static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(cell_rows), 2 * sample));
    const auto right =
        static_cast<std::int64_t>(stream.below(static_cast<std::uint64_t>(cell_columns), 2 * sample + 1));
    masks[k].copy_(wide[k].narrow(1, down, height).narrow(2, right, width));
  }
  return masks;
}

Maps explain(const Parameters& parameters, Subject& subject) {
  const auto& x = subject.inputs();
  const auto samples = parameters.integer("samples");
  auto total = at::zeros({subject.images(), x.size(2), x.size(3)}, x.options());
  in_passes(subject.images() * samples, subject.pass_size(), [&](std::int64_t first, std::int64_t count) {
    const auto owners = subject.owners(first, count, samples);
    const auto masks = draw(parameters, subject, first, count).to(x.device());
    const auto scores =
        subject.masked_scores(x.index_select(0, owners) * masks, owners, parameters.is("output", "probability"));
    total.index_add_(0, owners, masks.squeeze(1) * scores.view({-1, 1, 1}));
  });
  return {total / (static_cast<double>(samples) * parameters.number("probability"))};
}

}  // namespace

MethodSpec rise() {
  return pixel_method(
      {"rise",
       "RISE",
       "Petsiuk et al., arXiv 1806.07421",
       "`samples` forward",
       "all models",
       MapKind::pixels,
       {{"samples", "N", "4000", "random masks", whole_number(1, 10'000'000)},
        {"cells", "N", "8", "cells along each side of a mask's grid", whole_number(1, 128)},
        {"probability", "SHARE", "0.5", "probability that a cell of the grid is kept", number(1e-6, 1.0)},
        {"output", "logit|probability", "probability", "which output of the target class weighs a mask",
         one_of({"logit", "probability"})}},
       {"seed"}},
      explain,
      [](const Parameters& parameters, Subject& /*grey*/) { return Passes{.masked = parameters.integer("samples")}; });
}

}  // namespace sightline::attribution
