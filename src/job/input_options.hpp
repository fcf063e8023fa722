#pragma once

#include <vector>

#include "job/options.hpp"

namespace sightline::job {

/// The options of how pictures are decoded, and of the command pack.
std::vector<Option> input_options();

}  // namespace sightline::job
