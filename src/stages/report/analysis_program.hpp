#pragma once

#include <string>
#include <vector>

#include "job/job_config.hpp"

namespace sightline::stages {

/// Runs a script of analysis/ in base::data_folder() with the Python of --report.python, else base::python_program(),
/// and waits. What it prints goes where ours goes. Throws base::Error(fault) when it cannot be started, lacks a package
/// or fails, and base::Error(input) when analysis/ is nowhere or what the script reads is not as it should be.
void run_analysis(const job::JobConfig& config, const std::string& script, const std::vector<std::string>& arguments);

}  // namespace sightline::stages
