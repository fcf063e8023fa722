#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "models/weights/parameters.hpp"
#include "stages/run/resolved_job.hpp"

namespace sightline::stages {

/// Root only. Writes a model's parameters to OUTPUT/weights/ID.safetensors. The metadata of the file hold the class
/// names, the preprocessing and the weights that training started from. Throws base::Error(fault) when the file cannot
/// be written.
void write_weights(const ResolvedJob& job, const models::ModelSpec& spec, const models::NamedTensors& parameters,
                   const std::vector<std::string>& classes);

/// The parameters that training starts from: those of --weights. A classifier for another number of classes than
/// `classes` is replaced by zeros, which make all classes equally likely. Throws as models::open_parameters.
models::NamedTensors initial_parameters(const ResolvedJob& job, const models::ModelSpec& spec, std::int64_t classes);

/// The value of --transforms, "common" or "model", as it is written to weights files and checkpoints.
std::string transforms_name(const job::JobConfig& config);

}  // namespace sightline::stages
