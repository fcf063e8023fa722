#pragma once

#include <vector>

#include "job/options.hpp"

namespace sightline::job {

/// The options of what comes after the explanations: compare, cluster, report and export.
std::vector<Option> comparison_options();

}  // namespace sightline::job
