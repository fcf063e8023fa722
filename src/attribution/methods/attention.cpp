#include "attribution/methods/attention.hpp"

namespace sightline::attribution {

std::vector<std::string> attention_layers(const models::Model& model) {
  if (model.spec().grid.layout != models::GridRule::Layout::tokens || model.spec().grid.skip < 1) {
    throw DoesNotFit("it has no class token that attends to all patches; ViT and DeiT have");
  }
  std::vector<std::string> paths;
  for (const auto& layer : model.layers()) {
    if (layer.ends_with(".attn.attn_drop")) {
      paths.push_back(layer);
    }
  }
  return paths;
}

at::Tensor class_row(Subject& subject, const at::Tensor& matrix) {
  return subject.as_grid(matrix.select(1, 0).unsqueeze(-1)).squeeze(1).cpu().contiguous();
}

}  // namespace sightline::attribution
