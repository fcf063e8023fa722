#pragma once

#include <functional>

#include "attribution/method.hpp"

namespace sightline::attribution {

/// How a class activation map weighs the channels: activation and gradient of the target's logit, both N x C x h x w
/// -> weights N x C.
using ChannelWeights = std::function<at::Tensor(const at::Tensor& activation, const at::Tensor& gradient)>;

/// A method that explains by a weighted sum of the channels of one layer, which `gradcam.layer` chooses. Stored raw,
/// before ReLU and scaling, at the layer's own grid. One forward pass plus the backward pass from the logits to the
/// layer. `title` and `paper` as in MethodSpec.
MethodSpec cam_method(const std::string& name, const std::string& title, const std::string& paper,
                      const ChannelWeights& weights);

}  // namespace sightline::attribution
