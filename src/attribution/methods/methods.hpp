#pragma once

#include "attribution/method.hpp"

/// The methods, each in a file of its name. A new one: a line here and a line in registry.cpp.
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

// Backward passes by other rules than the chain rule.
MethodSpec guided_backprop();
MethodSpec deep_lift();
MethodSpec lrp();

// Transformers' attention.
MethodSpec attention_rollout();
MethodSpec chefer();

// Perturbation of the input.
MethodSpec kernelshap();
MethodSpec lime();
MethodSpec shapley_value_sampling();
MethodSpec occlusion();
MethodSpec rise();

}  // namespace sightline::attribution
