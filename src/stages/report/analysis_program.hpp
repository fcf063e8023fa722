#pragma once

#include <string>
#include <vector>

#include "job/job_config.hpp"

namespace sightline::stages {

/// Runs a script of analysis/ with the Python of --report.python, else that of setup/setup.sh, else python3, and waits.
/// What it prints goes where ours goes. Throws base::Error(fault) when it cannot be started or fails, and
/// base::Error(input) when the script is not there.
void run_analysis(const job::JobConfig& config, const std::string& script, const std::vector<std::string>& arguments);

}  // namespace sightline::stages
