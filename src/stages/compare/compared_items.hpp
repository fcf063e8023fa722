#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "job/job_config.hpp"
#include "stages/compare/comparison_input.hpp"

namespace sightline::stages {

/// The names in tables of the job's models, or of all models in the store `file` if the job names none. Throws
/// base::Error(usage) for unknown names, and for metrics that the job's other options exclude, and Error(input) for a
/// store without models.
std::vector<std::string> models_to_compare(const job::JobConfig& config, const std::filesystem::path& file);

/// The items of every comparison of the job: for each method all models; with --compare.across methods for each model
/// all methods; with --compare.across depths, for each method that is named with several layers (gradcam@0.5,gradcam@1)
/// all layers of all models, the item MODEL@LAYER. A method that is named without a layer explains that of
/// --gradcam.layer, MODEL@default. Throws base::Error(usage) when no method is named with several layers.
std::vector<std::vector<ComparedItem>> comparisons(const job::JobConfig& config,
                                                   const std::vector<std::string>& models);

/// The common method or model of a comparison's items, which is its name; without a layer for --compare.across depths.
std::string name_of_comparison(const job::JobConfig& config, const std::vector<ComparedItem>& items);

}  // namespace sightline::stages
