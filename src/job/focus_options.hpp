#pragma once

#include <vector>

#include "job/options.hpp"

namespace sightline::job {

/// The options of `mosaics` and `focus`.
std::vector<Option> focus_options();

}  // namespace sightline::job
