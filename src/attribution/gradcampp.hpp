#pragma once

#include "attribution/method.hpp"

namespace sightline::attribution {

/// Grad-CAM++ (Chattopadhyay et al., arXiv 1710.11063), as pytorch-grad-cam 1.5 computes it: a channel weighs the sum
/// of its positive gradients g, each times g^2 / (2 g^2 + g^3 sum of the channel's activations + 1e-6).
MethodSpec gradcampp();

}  // namespace sightline::attribution
