#include "attribution/cam.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/bmm.h>
#include <torch/csrc/autograd/autograd.h>

#include "base/error.hpp"

namespace sightline::attribution {
namespace {

/// Cell [0, 6] of every channel becomes the mean of the channel's other cells, on a copy.
at::Tensor with_fixed_corner(const at::Tensor& grid) {
  auto fixed = grid.clone();
  auto cell = fixed.select(2, 0).select(2, 6);
  const auto others = static_cast<double>(grid.size(2) * grid.size(3) - 1);
  cell.copy_((grid.sum({2, 3}) - cell) / others);
  return fixed;
}

class Cam : public Method {
 public:
  Cam(const job::JobConfig& job, const models::Model& model, ChannelWeights weights)
      : weights_(std::move(weights)),
        layer_(model.resolve_layer(job.gradcam_layer)),
        fix_corner_(job.fix_corner),
        target_(job.target) {}

  MapKind kind() const override { return MapKind::grid; }

  std::map<std::string, std::string> parameters() const override {
    return {{"layer", layer_},
            {"fix_corner", fix_corner_ ? *fix_corner_ ? "on" : "off" : "auto"},
            {"target", target_.text()}};
  }

  Explanation explain(models::Model& model, const Batch& batch) const override {
    models::Pass pass({layer_});
    const auto logits = model.forward(batch.inputs, pass);
    const auto targets = choose_targets(target_, logits.detach(), batch.labels);
    const auto score = logits.gather(1, targets.to(logits.device()).unsqueeze(1)).sum();
    const auto& output = pass.activation(layer_);
    const auto gradient =
        torch::autograd::grad({score}, {output}, {}, std::nullopt, false, /*allow_unused=*/true).front();
    if (!gradient.defined()) {
      throw base::input_error("gradcam.layer: the logits of {} do not depend on '{}'", model.spec().id, layer_);
    }
    const at::NoGradGuard no_gradients;
    return {logits.detach().cpu(), targets, weighted_sum(model, output.detach(), gradient).cpu()};
  }

 private:
  at::Tensor weighted_sum(const models::Model& model, const at::Tensor& output, const at::Tensor& gradient) const {
    auto activation = model.spec().grid.to_grid(output).to(at::kFloat);
    auto slope = model.spec().grid.to_grid(gradient).to(at::kFloat);
    if (corner_needs_fixing(model, activation)) {
      activation = with_fixed_corner(activation);
      slope = with_fixed_corner(slope);
    }
    return at::bmm(weights_(activation, slope).unsqueeze(1), activation.flatten(2))
        .reshape({activation.size(0), activation.size(2), activation.size(3)});
  }

  bool corner_needs_fixing(const models::Model& model, const at::Tensor& grid) const {
    const bool seven = grid.size(2) == 7 && grid.size(3) == 7;
    if (!fix_corner_) {
      return model.spec().fix_corner && seven;
    }
    if (*fix_corner_ && grid.size(3) < 7) {
      throw base::usage_error("gradcam.fix-corner: the grid of {} is {} x {} and has no cell [0,6]", model.spec().id,
                              grid.size(2), grid.size(3));
    }
    return *fix_corner_;
  }

  ChannelWeights weights_;
  std::string layer_;
  std::optional<bool> fix_corner_;
  job::Target target_;
};

}  // namespace

MethodSpec cam_method(const std::string& name, const std::string& title, const std::string& paper,
                      const ChannelWeights& weights) {
  return {name,
          title,
          paper,
          "1 forward, and backward from the logits to the layer",
          "all models",
          MapKind::grid,
          {"gradcam.layer", "gradcam.fix-corner", "target"},
          [weights](const job::JobConfig& job, const models::Model& model) {
            return std::make_unique<Cam>(job, model, weights);
          }};
}

}  // namespace sightline::attribution
