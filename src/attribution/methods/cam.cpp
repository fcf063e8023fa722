#include "attribution/methods/cam.hpp"

#include <ATen/TensorOperators.h>
#include <ATen/ops/bmm.h>

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
  Cam(const Parameters& parameters, const models::Model& model, CamMap map)
      : layer_(parameters.job(), model), stored_(parameters.stored()), map_(std::move(map)) {
    stored_.merge(layer_.parameters());
  }

  MapKind kind() const override { return MapKind::grid; }
  std::map<std::string, std::string> parameters() const override { return stored_; }
  std::vector<std::string> layers() const override { return {layer_.path()}; }

  std::vector<std::int64_t> shape(Subject& subject) const override {
    return subject.layer(layer_.path()).activation.sizes().slice(2).vec();
  }

  Passes passes(Subject& /*grey*/) const override { return {}; }

  Maps explain(Subject& subject) const override {
    return {map_(layer_.activation(subject), layer_.gradient(subject)).cpu()};
  }

 private:
  CamLayer layer_;
  std::map<std::string, std::string> stored_;
  CamMap map_;
};

}  // namespace

CamLayer::CamLayer(const job::JobConfig& job, const models::Model& model)
    : path_(model.resolve_layer(job.explain.gradcam_layer)), fix_corner_(job.explain.fix_corner) {}

std::map<std::string, std::string> CamLayer::parameters() const {
  return {{"layer", path_}, {"fix_corner", fix_corner_ ? *fix_corner_ ? "on" : "off" : "auto"}};
}

at::Tensor CamLayer::repaired(Subject& subject, const at::Tensor& grid) const {
  const auto& spec = subject.model().spec();
  if (fix_corner_ && *fix_corner_ && grid.size(3) < 7) {
    throw base::usage_error("gradcam.fix-corner: the grid of {} is {} x {} and has no cell [0,6]", spec.id,
                            grid.size(2), grid.size(3));
  }
  const bool seven = grid.size(2) == 7 && grid.size(3) == 7;
  return fix_corner_.value_or(spec.fix_corner && seven) ? with_fixed_corner(grid) : grid;
}

at::Tensor weighted_sum(const at::Tensor& weights, const at::Tensor& activation) {
  return at::bmm(weights.unsqueeze(1), activation.flatten(2))
      .reshape({activation.size(0), activation.size(2), activation.size(3)});
}

MethodSpec cam_method(const std::string& name, const std::string& title, const std::string& paper, const CamMap& map) {
  MethodSpec spec{name, title, paper, "1 forward, and backward from the logits to the layer; shared by all CAMs",
                  "all models"};
  spec.shared_options = {"gradcam.layer", "gradcam.fix-corner"};
  spec.build = [map](const Parameters& parameters, const models::Model& model) {
    return std::make_unique<Cam>(parameters, model, map);
  };
  return spec;
}

}  // namespace sightline::attribution
