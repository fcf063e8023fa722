#pragma once

#include <vector>

#include "job/options.hpp"

namespace sightline::job {

/// The options of the commands mosaics, focus and bias, and the option plan.stage.
std::vector<Option> focus_options();

}  // namespace sightline::job
