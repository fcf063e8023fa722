#pragma once

#include "models/model.hpp"

namespace sightline::models {

/// Whether a name on --models is a TorchScript file: it ends in .ts.
bool is_torchscript(const std::string& name);

/// A user's own model in a TorchScript file, called by the file's stem. The module takes N x 3 x H x W and returns
/// logits (N x classes), or features and logits (N x C x h x w, N x classes); then CAM methods explain the features,
/// layer "features". `preprocessing`: input_size, crop_pct, interpolation, mean and std; the rest is filled in.
/// The file is opened when the model is built; that throws base::Error(input) naming the file and what is wrong.
ModelSpec torchscript_model(const std::filesystem::path& file, const ModelSpec& preprocessing);

}  // namespace sightline::models
