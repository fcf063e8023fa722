// Guided backpropagation: a ReLU passes the gradient only where both its input and the gradient are positive. Other
// activations pass the plain gradient, as in Captum.

#include <ATen/TensorOperators.h>

#include "attribution/methods/gradients.hpp"
#include "attribution/methods/methods.hpp"
#include "models/kernels/recorded_step.hpp"

namespace sightline::attribution {
namespace {

class GuidedRules : public models::Rules {
 public:
  at::Tensor activation(const at::Tensor& x, models::Activation activation) const override {
    if (activation != models::Activation::relu) {
      return Rules::activation(x, activation);
    }
    met_relu_ = true;
    const auto y = x.detach().clamp_min(0.0);
    return models::recorded_step(
        {x}, y, [y](const at::Tensor& upper) { return std::vector{upper.clamp_min(0.0) * y.gt(0.0)}; });
  }

  bool met_relu() const { return met_relu_; }

 private:
  mutable bool met_relu_ = false;
};

Maps explain(const Parameters& parameters, Subject& subject) {
  const GuidedRules rules;
  const auto owners = subject.owners(0, subject.images(), 1);
  const auto gradient = subject.backward_by(rules, subject.inputs(), owners, Subject::Start::one).values;
  return {merge_channels(parameters, gradient)};
}

void check(const models::Model& model) {
  const GuidedRules rules;
  check_fit(model, rules);
  if (!rules.met_relu()) {
    throw DoesNotFit("it has no ReLU, so the map would be the plain gradient's");
  }
}

}  // namespace

MethodSpec guided_backprop() {
  return pixel_method({"guidedbackprop",
                       "Guided Backpropagation",
                       "Springenberg et al., arXiv 1412.6806",
                       "1 forward, 1 backward",
                       "models with ReLU: AlexNet, VGG, ResNet, DenseNet, MobileNetV3",
                       MapKind::pixels,
                       {channels_parameter("sum")}},
                      explain, gradients_per_image(1), {}, check);
}

}  // namespace sightline::attribution
