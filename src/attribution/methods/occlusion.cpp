// Occlusion: the drop of the target's logit when a window of the image is set to 0 (the mean colour). As in Captum, the
// value of a pixel is the mean drop of the windows that cover it, and the last windows extend beyond the border where
// the stride does not divide the image.

#include <algorithm>

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/zeros.h>

#include "attribution/methods/gradients.hpp"
#include "attribution/methods/methods.hpp"
#include "base/error.hpp"

namespace sightline::attribution {
namespace {

/// One window, clipped to the image.
struct Window {
  std::int64_t row;
  std::int64_t column;
  std::int64_t rows;
  std::int64_t columns;

  at::Tensor of(const at::Tensor& picture) const { return picture.narrow(-2, row, rows).narrow(-1, column, columns); }
};

std::vector<Window> windows(std::int64_t height, std::int64_t width, std::int64_t side, std::int64_t stride) {
  const auto starts = [&](std::int64_t size) {
    return (std::max(size - side, std::int64_t{0}) + stride - 1) / stride + 1;
  };
  std::vector<Window> all;
  for (std::int64_t i = 0; i < starts(height); ++i) {
    for (std::int64_t j = 0; j < starts(width); ++j) {
      all.push_back({i * stride, j * stride, std::min(side, height - i * stride), std::min(side, width - j * stride)});
    }
  }
  return all;
}

Maps explain(const Parameters& parameters, Subject& subject) {
  const auto& x = subject.inputs();
  const auto all = windows(x.size(2), x.size(3), parameters.integer("window"), parameters.integer("stride"));
  const auto per_image = static_cast<std::int64_t>(all.size());
  const auto whole = subject.whole_scores();
  auto drops = at::zeros({subject.images(), x.size(2), x.size(3)}, at::kFloat);
  auto covered = at::zeros({x.size(2), x.size(3)}, at::kFloat);
  for (const auto& window : all) {
    window.of(covered).add_(1.0);
  }
  in_passes(subject.images() * per_image, subject.pass_size(), [&](std::int64_t first, std::int64_t count) {
    const auto owners = subject.owners(first, count, per_image);
    auto occluded = x.index_select(0, owners);
    for (std::int64_t k = 0; k < count; ++k) {
      all[static_cast<std::size_t>((first + k) % per_image)].of(occluded[k]).zero_();
    }
    const auto scores = subject.masked_scores(occluded, owners).cpu();
    for (std::int64_t k = 0; k < count; ++k) {
      const auto image = (first + k) / per_image;
      const double drop = whole.const_data_ptr<float>()[image] - scores.const_data_ptr<float>()[k];
      all[static_cast<std::size_t>((first + k) % per_image)].of(drops[image]).add_(drop);
    }
  });
  return {drops / covered.clamp_min(1.0)};
}

void refuse_gaps(const Parameters& parameters) {
  const auto window = parameters.integer("window");
  const auto stride = parameters.integer("stride");
  if (stride > window) {
    throw base::usage_error("occlusion.stride: {} is more than occlusion.window, {}: pixels between are never covered",
                            stride, window);
  }
}

}  // namespace

MethodSpec occlusion() {
  return checked(
      pixel_method(
          {"occlusion",
           "Occlusion",
           "Zeiler and Fergus, arXiv 1311.2901",
           "1 forward for each window: 169 at 224 x 224",
           "all models",
           MapKind::pixels,
           {{"window", "PIXELS", "32", "side of the square that is covered", whole_number(1, 4096)},
            {"stride", "PIXELS", "16", "distance between windows, at most the window's side", whole_number(1, 4096)}}},
          explain,
          [](const Parameters& parameters, Subject& grey) {
            const auto all = windows(grey.inputs().size(2), grey.inputs().size(3), parameters.integer("window"),
                                     parameters.integer("stride"));
            return Passes{.masked = static_cast<std::int64_t>(all.size())};
          }),
      refuse_gaps);
}

}  // namespace sightline::attribution
