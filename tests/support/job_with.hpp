#pragma once

#include <map>
#include <string>

#include "job/job_config.hpp"

namespace sightline::tests {

/// A job in which these parameters of methods and metrics are given, by option: compare.rbf-sigma -> 10.
inline job::JobConfig job_with(const std::map<std::string, std::string>& parameters) {
  job::JobConfig job;
  job.parameters = parameters;
  return job;
}

}  // namespace sightline::tests
