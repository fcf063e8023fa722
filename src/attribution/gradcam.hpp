#pragma once

#include "attribution/method.hpp"

namespace sightline::attribution {

/// Grad-CAM (Selvaraju et al., arXiv 1610.02391): sum over channels of activation times the spatial mean of the target
/// logit's gradient. Stored raw, before ReLU and scaling. One forward pass plus the backward pass from the logits to
/// the layer.
MethodSpec gradcam();

}  // namespace sightline::attribution
