#pragma once

#include <ATen/core/Tensor.h>

#include "models/model.hpp"

namespace sightline::tests {

/// The reference's formula image number k, normalised for `spec`: 1 x 3 x size x size, channels-last. See
/// shared/reference/README.md.
at::Tensor formula_input(int k, int size, const models::ModelSpec& spec);

}  // namespace sightline::tests
