#pragma once

#include <filesystem>
#include <string>

#include <ATen/core/Tensor.h>

#include "images/image_list.hpp"

namespace sightline::stages {

/// The inputs of a model's classifier for N images, with the images' labels.
struct LabelledFeatures {
  at::Tensor values;  ///< N x F, float32
  at::Tensor labels;  ///< N, int64; -1 = unknown
};

/// Reads the features of one model from a store that a job with Output::features wrote. There is one row for every
/// image of the list that could be read, in the list's order; an empty list gives undefined tensors. Throws
/// base::Error(input) when the file is not a store or lacks an image of the list.
LabelledFeatures read_features(const std::filesystem::path& file, const std::string& model,
                               const images::ImageList& list);

}  // namespace sightline::stages
