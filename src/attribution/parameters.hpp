#pragma once

#include <map>
#include <string>
#include <vector>

#include "job/parameters.hpp"

namespace sightline::attribution {

using job::number;
using job::one_of;
using job::Parameter;
using job::whole_number;
using job::whole_number_or_auto;

/// The values of a method's parameters in a job, and what else of the job a method may read.
class Parameters : public job::ParameterValues {
 public:
  Parameters(const std::string& method, const std::vector<Parameter>& known, const job::JobConfig& job)
      : ParameterValues(method, known, job), job_(job) {}

  /// The whole job, for the options that methods share: target, gradcam.layer, seed.
  const job::JobConfig& job() const { return job_; }
  /// All values and the target rule as text, as they are stored.
  std::map<std::string, std::string> stored() const;

 private:
  job::JobConfig job_;
};

}  // namespace sightline::attribution
