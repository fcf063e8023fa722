#pragma once

#include <string>
#include <vector>

#include "attribution/method.hpp"

namespace sightline::attribution {

/// The module paths of a vision transformer's attention matrices in block order. Throws DoesNotFit for models without a
/// class token that attends to all patches.
std::vector<std::string> attention_layers(const models::Model& model);

/// The attention of the class token to the patches, from matrix, N x tokens x tokens: N x rows x columns of patches, on
/// the CPU. Class and distillation tokens are left out.
at::Tensor class_row(Subject& subject, const at::Tensor& matrix);

}  // namespace sightline::attribution
