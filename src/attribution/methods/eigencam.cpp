// Eigen-CAM: each cell's activations are projected onto the first principal component of the channels. The sign of a
// component is arbitrary; it is chosen so that the value of largest magnitude is positive, as in pytorch-grad-cam's
// get_2d_projection_with_sign_correction.

#include <ATen/TensorOperators.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/linalg_eigh.h>
#include <ATen/ops/where.h>

#include "attribution/methods/cam.hpp"
#include "attribution/methods/methods.hpp"

namespace sightline::attribution {
namespace {

at::Tensor first_component(const at::Tensor& activation, const at::Tensor& /*gradient*/) {
  const auto cells = activation.flatten(2).to(at::kDouble).transpose(1, 2).cpu();
  const auto centred = cells - cells.mean(1, /*keepdim=*/true);
  const auto turned = centred.transpose(1, 2);
  // The smaller of the two Gram matrices is decomposed. Its eigenvector is either the map up to the singular value
  // (cells) or the principal component that the cells are projected onto (channels).
  const bool by_cells = cells.size(1) <= cells.size(2);
  const auto [values, vectors] = at::linalg_eigh(by_cells ? at::bmm(centred, turned) : at::bmm(turned, centred));
  const auto largest = values.size(1) - 1;
  const auto component = vectors.select(2, largest);
  const auto scale = values.select(1, largest).clamp_min(0.0).sqrt().unsqueeze(1);
  const auto map = by_cells ? component * scale : at::bmm(centred, component.unsqueeze(2)).squeeze(2);
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
