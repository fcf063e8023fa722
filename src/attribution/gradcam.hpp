#pragma once

#include "attribution/method.hpp"

namespace sightline::attribution {

/// Grad-CAM (Selvaraju et al., arXiv 1610.02391): a channel weighs as much as its mean gradient.
MethodSpec gradcam();

}  // namespace sightline::attribution
