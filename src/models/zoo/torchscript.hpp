#pragma once

#include "models/model.hpp"

namespace sightline::models {

/// Whether a name in the option --models is that of a TorchScript file, which ends in .ts.
bool is_torchscript(const std::string& name);

/// The description of a user's model in a TorchScript file; its id is the file's name without the ending. The module
/// takes N x 3 x H x W and returns either logits (N x classes) or features and logits (N x C x h x w, N x classes). In
/// the second case CAM methods can explain the layer "features". preprocessing: input_size, crop_pct, interpolation,
/// mean and std are taken from it.
///
/// The file is opened when the model is built; then base::Error(input) says which file is invalid, and why.
ModelSpec torchscript_model(const std::filesystem::path& file, const ModelSpec& preprocessing);

}  // namespace sightline::models
