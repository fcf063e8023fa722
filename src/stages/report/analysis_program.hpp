#pragma once

#include <string>
#include <vector>

#include "job/job_config.hpp"

namespace sightline::stages {

/// Runs analysis/SCRIPT of base::data_folder() and waits until it ends. The Python program is --report.python, or
/// base::python_program() without that option. The script's output goes to the standard output and error of this
/// process. Throws base::Error(fault) when the script cannot be started, lacks a Python package or fails, and
/// base::Error(input) when analysis/ is not found or the script refuses its input.
void run_analysis(const job::JobConfig& config, const std::string& script, const std::vector<std::string>& arguments);

}  // namespace sightline::stages
