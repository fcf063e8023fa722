#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/weights/parameters.hpp"
#include "stages/run/resolved_job.hpp"

namespace sightline::stages {

/// Root only. Writes a model's parameters with what one needs to use them (class names, preprocessing) to
/// OUTPUT/weights/ID.safetensors.
void write_weights(const ResolvedJob& job, const models::ModelSpec& spec, const models::NamedTensors& parameters,
                   const std::vector<std::string>& classes);

/// The parameters that training starts from, with a classifier for `classes` classes where the weights have another:
/// zero, so that every class is equally likely.
models::NamedTensors start_parameters(const ResolvedJob& job, const models::ModelSpec& spec, std::int64_t classes);

/// The job's transforms as they are written to weights files and checkpoints: common or model.
const char* transforms_name(const job::JobConfig& config);

}  // namespace sightline::stages
