// Eigen-CAM: the cells projected onto the first principal component of the channels. The sign of a component is
// arbitrary; here the side with the larger extreme is positive, as in pytorch-grad-cam's
// get_2d_projection_with_sign_correction.

#include <ATen/TensorOperators.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/where.h>

#include "attribution/cam.hpp"
#include "attribution/methods.hpp"

namespace sightline::attribution {
namespace {

at::Tensor first_component(const at::Tensor& activation, const at::Tensor& /*gradient*/) {
  // Cells are fewer than channels: the largest eigenvector u of the cells' Gram matrix, times its singular value.
  const auto cells = activation.flatten(2).to(at::kDouble).transpose(1, 2);
  const auto centred = cells - cells.mean(1, /*keepdim=*/true);
  const auto [values, vectors] = at::linalg_eigh(at::bmm(centred, centred.transpose(1, 2)).cpu());
  const auto largest = values.size(1) - 1;
  const auto scale = values.select(1, largest).clamp_min(0.0).sqrt().unsqueeze(1);
  const auto map = vectors.select(2, largest) * scale;
  const auto flip = map.amin(1, true).abs().gt(map.amax(1, true).abs());
  return at::where(flip, -map, map)
      .to(at::kFloat)
      .reshape({activation.size(0), activation.size(2), activation.size(3)});
}

}  // namespace

MethodSpec eigencam() {
  auto spec = cam_method("eigencam", "Eigen-CAM", "Muhammad and Yeasin, arXiv 2008.00299", first_component);
  spec.reads = Reads::nothing;
  return spec;
}

}  // namespace sightline::attribution
