#pragma once

#include <filesystem>
#include <string>

#include "focus/out_of_distribution.hpp"
#include "images/image_list.hpp"

namespace sightline::stages {

/// What a store of features (ResolvedJob::features) holds of a model: one row for every image of the list that could be
/// read, in the list's order. Nothing (undefined tensors) of an empty list. Throws base::Error(input).
focus::Features read_features(const std::filesystem::path& file, const std::string& model,
                              const images::ImageList& list);

}  // namespace sightline::stages
