#pragma once

#include <memory>
#include <string>
#include <vector>

#include "job/job_config.hpp"
#include "models/zoo/registry.hpp"

namespace sightline::stages {

/// The models that --models names, groups and TorchScript files included. What is wrong is added to `mistakes`.
std::vector<std::shared_ptr<const models::ModelSpec>> resolve_models(const job::JobConfig& config,
                                                                     std::vector<std::string>& mistakes);

}  // namespace sightline::stages
