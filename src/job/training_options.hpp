#pragma once

#include <vector>

#include "job/options.hpp"

namespace sightline::job {

/// The options of the command train.
std::vector<Option> training_options();

}  // namespace sightline::job
