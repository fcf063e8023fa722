#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "comm/communicator.hpp"

namespace sightline::stages {

/// The predicted class of each image by each model: [model][image]; -1 = no good record, or no predicted class.
using Predictions = std::vector<std::vector<std::int32_t>>;

/// collective. The predictions in a store, the same on every rank. Each rank verifies a block of the images; a corrupt
/// record is named in a warning and left out. Throws base::Error(input) when `file` is not a store with these models.
Predictions read_predictions(const comm::Communicator& ranks, const std::filesystem::path& file,
                             const std::vector<std::string>& models);

}  // namespace sightline::stages
