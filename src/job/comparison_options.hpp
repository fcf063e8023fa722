#pragma once

#include <vector>

#include "job/options.hpp"

namespace sightline::job {

/// The options of the commands that use stored explanations: compare, cluster, report and export.
std::vector<Option> comparison_options();

}  // namespace sightline::job
