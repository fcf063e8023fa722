#pragma once

#include <filesystem>
#include <string>

#include "focus/out_of_distribution.hpp"

namespace sightline::app {

/// What a store of features (ResolvedJob::features) holds of a model: one row for every image that could be read, in
/// the store's order. Nothing (undefined tensors) without the file. Throws base::Error(input).
focus::Features read_features(const std::filesystem::path& file, const std::string& model);

}  // namespace sightline::app
