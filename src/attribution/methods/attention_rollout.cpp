// Attention rollout: the product of the attention matrices of all blocks. In each matrix the heads are fused, the
// smallest weights are dropped, and the identity is added for the residual connection. The map is the class token's
// row.

#include <algorithm>
#include <numeric>
#include <vector>

#include <ATen/TensorOperators.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/eye.h>
#include <ATen/ops/stack.h>

#include "attribution/methods/attention.hpp"
#include "attribution/methods/methods.hpp"

namespace sightline::attribution {
namespace {

at::Tensor fuse(const at::Tensor& heads, const std::string& fusion) {
  return fusion == "mean" ? heads.mean(1) : fusion == "max" ? heads.amax(1) : heads.amin(1);
}

/// Sets the smallest entries of each matrix (the share `ratio`) to 0, except entry [0, 0].
void discard(at::Tensor& matrices, double ratio) {
  const auto entries = matrices.size(1) * matrices.size(2);
  const auto dropped = static_cast<std::ptrdiff_t>(static_cast<double>(entries) * ratio);
  std::vector<std::int64_t> order(static_cast<std::size_t>(entries));
  for (std::int64_t image = 0; image < matrices.size(0) && dropped > 0; ++image) {
    auto* values = matrices.mutable_data_ptr<float>() + image * entries;
    std::iota(order.begin(), order.end(), 0);
    std::nth_element(order.begin(), order.begin() + dropped - 1, order.end(), [&](std::int64_t a, std::int64_t b) {
      return values[a] != values[b] ? values[a] < values[b] : a < b;
    });
    const float kept = values[0];
    std::for_each(order.begin(), order.begin() + dropped, [&](std::int64_t entry) { values[entry] = 0.0F; });
    values[0] = kept;
  }
}

class Rollout : public Method {
 public:
  Rollout(Parameters parameters, const models::Model& model)
      : parameters_(std::move(parameters)), paths_(attention_layers(model)) {}

  MapKind kind() const override { return MapKind::grid; }
  std::map<std::string, std::string> parameters() const override { return parameters_.stored(); }
  std::vector<std::string> watched() const override { return paths_; }
  std::vector<std::int64_t> shape(Subject& subject) const override {
    return explain(subject).values.sizes().slice(1).vec();
  }

  Passes passes(Subject& /*grey*/) const override { return {}; }

  Maps explain(Subject& subject) const override {
    std::vector<at::Tensor> matrices;
    for (const auto& path : paths_) {
      matrices.push_back(fuse(subject.watched(path).to(at::kFloat), parameters_.text("fusion")));
    }
    at::Tensor product;
    for (auto& matrix : at::stack(matrices).cpu().unbind()) {
      discard(matrix, parameters_.number("discard"));
      matrix = matrix + at::eye(matrix.size(1), matrix.options());  // a factor 1/2 would cancel in the normalisation
      matrix = matrix / matrix.sum(-1, /*keepdim=*/true);
      product = product.defined() ? at::bmm(matrix, product) : matrix;
    }
    return {class_row(subject, product)};
  }

 private:
  Parameters parameters_;
  std::vector<std::string> paths_;
};

}  // namespace

MethodSpec attention_rollout() {
  MethodSpec spec{
      "attentionrollout",
      "Attention Rollout",
      "Abnar and Zuidema, arXiv 2005.00928",
      "1 forward",
      "ViT, DeiT, DeiT III; the map does not depend on the target",
      MapKind::grid,
      {{"fusion", "mean|max|min", "max", "how the attention heads are fused", one_of({"mean", "max", "min"})},
       {"discard", "SHARE", "0.9", "share of the weights of each block that is dropped, smallest first",
        number(0.0, 0.999999)}}};
  spec.reads = Reads::nothing;
  spec.grid_reading = GridReading::attention;
  spec.build = [](const Parameters& parameters, const models::Model& model) {
    return std::make_unique<Rollout>(parameters, model);
  };
  return spec;
}

}  // namespace sightline::attribution
