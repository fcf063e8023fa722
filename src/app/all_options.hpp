#pragma once

#include <vector>

#include "job/options.hpp"

namespace sightline::app {

/// Every option there is, those of the methods included, in the order of the help text.
const std::vector<job::Option>& all_options();

}  // namespace sightline::app
