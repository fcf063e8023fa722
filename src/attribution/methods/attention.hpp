#pragma once

#include <string>
#include <vector>

#include "attribution/method.hpp"

namespace sightline::attribution {

/// The paths of a vision transformer's attention weights, first block first. Throws DoesNotFit for models whose tokens
/// do not all look at each other, or that have no class token.
std::vector<std::string> attention_layers(const models::Model& model);

/// The class token's row of N x tokens x tokens without the tokens in front of the grid, as N x rows x columns of
/// patches, on the CPU.
at::Tensor class_row(Subject& subject, const at::Tensor& matrix);

}  // namespace sightline::attribution
