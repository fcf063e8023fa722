// Gradient-weighted attention of Chefer et al.: the relevance R starts as the identity, and each block adds to it the
// mean over the heads of (gradient x attention)+, multiplied by R. The map is the class token's row.

#include <ATen/TensorOperators.h>
#include <ATen/ops/bmm.h>
#include <ATen/ops/eye.h>
#include <torch/csrc/autograd/autograd.h>

#include "attribution/methods/attention.hpp"
#include "attribution/methods/methods.hpp"

namespace sightline::attribution {
namespace {

class Chefer : public Method {
 public:
  Chefer(Parameters parameters, const models::Model& model)
      : parameters_(std::move(parameters)), paths_(attention_layers(model)) {}

  MapKind kind() const override { return MapKind::grid; }
  std::map<std::string, std::string> parameters() const override { return parameters_.stored(); }
  std::vector<std::int64_t> shape(Subject& subject) const override {
    return explain(subject).values.sizes().slice(1).vec();
  }

  Passes passes(Subject& /*grey*/) const override { return {.gradient = 1}; }

  Maps explain(Subject& subject) const override {
    const auto classes = subject.targets().to(subject.inputs().device()).unsqueeze(1);
    models::Pass pass(paths_);
    subject.announce(subject.images(), true);
    const auto score = subject.model().forward(subject.inputs(), pass).gather(1, classes).sum();
    torch::autograd::variable_list weights;
    for (const auto& path : paths_) {
      weights.push_back(pass.activation(path));
    }
    const auto gradients = torch::autograd::grad({score}, weights);
    const at::NoGradGuard no_gradients;
    at::Tensor relevance;
    for (std::size_t block = 0; block < weights.size(); ++block) {
      const auto step = (gradients[block] * weights[block].detach()).to(at::kFloat).clamp_min(0.0).mean(1);
      if (!relevance.defined()) {
        relevance = at::eye(step.size(1), step.options()).expand_as(step);
      }
      relevance = relevance + at::bmm(step, relevance);
    }
    return {class_row(subject, relevance)};
  }

 private:
  Parameters parameters_;
  std::vector<std::string> paths_;
};

}  // namespace

MethodSpec chefer() {
  MethodSpec spec{"chefer",
                  "Gradient-weighted attention",
                  "Chefer et al., arXiv 2103.15679",
                  "1 forward, 1 backward",
                  "ViT, DeiT, DeiT III",
                  MapKind::grid};
  spec.grid_reading = GridReading::attention;
  spec.build = [](const Parameters& parameters, const models::Model& model) {
    return std::make_unique<Chefer>(parameters, model);
  };
  return spec;
}

}  // namespace sightline::attribution
