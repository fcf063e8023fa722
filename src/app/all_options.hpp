#pragma once

#include <vector>

#include "job/options.hpp"

namespace sightline::app {

/// All options of the program in the order of the help text: the general ones, then the parameters of every method and
/// of every similarity metric.
const std::vector<job::Option>& all_options();

}  // namespace sightline::app
