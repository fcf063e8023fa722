#pragma once

#include "attribution/method.hpp"

/// One function per method, each in a file of that name; registry.cpp lists them. A new method needs a line here and a
/// line there.
namespace sightline::attribution {

// Class activation maps: a weighted sum of the channels of one layer.
MethodSpec gradcam();
MethodSpec gradcampp();
MethodSpec hirescam();
MethodSpec layercam();
MethodSpec xgradcam();
MethodSpec eigencam();
MethodSpec scorecam();

// Gradients with respect to the input.
MethodSpec saliency();
MethodSpec input_x_gradient();
MethodSpec smoothgrad();
MethodSpec integrated_gradients();
MethodSpec gradient_shap();

// Backward passes that follow other rules than the chain rule.
MethodSpec guided_backprop();
MethodSpec deep_lift();
MethodSpec lrp();

// Attention matrices of transformers.
MethodSpec attention_rollout();
MethodSpec chefer();

// Perturbation of the input.
MethodSpec kernelshap();
MethodSpec lime();
MethodSpec shapley_value_sampling();
MethodSpec occlusion();
MethodSpec rise();

}  // namespace sightline::attribution
