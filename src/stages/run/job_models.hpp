#pragma once

#include <memory>
#include <string>
#include <vector>

#include "job/job_config.hpp"
#include "models/zoo/registry.hpp"

namespace sightline::stages {

/// The specifications of the models that --models names, in that order. A name is a zoo name, a timm id, a group, a
/// TorchScript file, or a name with `@random=SHARE` (random weights in that share of the layers). Names that cannot be
/// resolved are left out; a sentence about each is added to `mistakes`.
std::vector<std::shared_ptr<const models::ModelSpec>> resolve_models(const job::JobConfig& config,
                                                                     std::vector<std::string>& mistakes);

}  // namespace sightline::stages
