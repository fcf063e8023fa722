// Score-CAM: each channel is upsampled (with aligned corners), stretched to [0, 1] and multiplied with the image. The
// weights of the channels are the softmax of the target's logits for these masked images.

#include <ATen/TensorOperators.h>
#include <ATen/ops/empty.h>
#include <ATen/ops/softmax.h>
#include <ATen/ops/upsample_bilinear2d.h>

#include "attribution/methods/cam.hpp"
#include "attribution/methods/methods.hpp"

namespace sightline::attribution {
namespace {

class ScoreCam : public Method {
 public:
  ScoreCam(const Parameters& parameters, const models::Model& model)
      : layer_(parameters.job(), model), stored_(parameters.stored()) {
    stored_.merge(layer_.parameters());
  }

  MapKind kind() const override { return MapKind::grid; }
  std::map<std::string, std::string> parameters() const override { return stored_; }
  std::vector<std::string> layers() const override { return {layer_.path()}; }

  std::vector<std::int64_t> shape(Subject& subject) const override {
    return subject.layer(layer_.path()).activation.sizes().slice(2).vec();
  }

  Passes passes(Subject& grey) const override { return {.masked = grey.layer(layer_.path()).activation.size(1)}; }

  Maps explain(Subject& subject) const override {
    const auto activation = layer_.activation(subject);
    const auto channels = activation.size(1);
    const auto flat = activation.reshape({-1, 1, activation.size(2), activation.size(3)});
    const auto& inputs = subject.inputs();
    auto scores = at::empty({subject.images() * channels}, inputs.options());
    in_passes(flat.size(0), subject.pass_size(), [&](std::int64_t first, std::int64_t count) {
      const auto owners = subject.owners(first, count, channels);
      const auto wide = at::upsample_bilinear2d(flat.narrow(0, first, count), {inputs.size(2), inputs.size(3)}, true);
      const auto least = wide.amin({1, 2, 3}, true);
      const auto range = wide.amax({1, 2, 3}, true) - least + 1e-8;
      const auto masked = inputs.index_select(0, owners) * ((wide - least) / range);
      scores.narrow(0, first, count).copy_(subject.masked_scores(masked, owners));
    });
    const auto weights = at::softmax(scores.cpu().view({subject.images(), channels}), 1);
    return {weighted_sum(weights, activation.cpu())};
  }

 private:
  CamLayer layer_;
  std::map<std::string, std::string> stored_;
};

}  // namespace

MethodSpec scorecam() {
  MethodSpec spec{"scorecam", "Score-CAM", "Wang et al., arXiv 1910.01279", "1 forward for each channel of the layer",
                  "all models"};
  spec.shared_options = {"gradcam.layer", "gradcam.fix-corner"};
  spec.build = [](const Parameters& parameters, const models::Model& model) {
    return std::make_unique<ScoreCam>(parameters, model);
  };
  return spec;
}

}  // namespace sightline::attribution
