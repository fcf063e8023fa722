#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "job/job_config.hpp"

/// Parameters that belong to one entry of a registry (an attribution method, a similarity metric): the entry lists
/// them, and they become options of the program without a line anywhere else.
namespace sightline::job {

/// Checks a value as the user typed it. Throws base::Error(usage) with a message that says which values are allowed;
/// the caller adds the option's name.
using Check = std::function<void(const std::string& value)>;

/// Accepts whole numbers from `minimum` to `maximum`, both included.
Check whole_number(std::int64_t minimum, std::int64_t maximum);
/// Accepts the same, or the word `auto`.
Check whole_number_or_auto(std::int64_t minimum, std::int64_t maximum);
/// Accepts numbers from `minimum` to `maximum`, both included.
Check number(double minimum, double maximum);
/// Accepts numbers above `below` and below `above`.
Check number_between(double lower, double upper);
/// Accepts a comma separated list of at least one number, each above 0 and named once.
Check positive_numbers();
/// Accepts one of `words`; the message offers the nearest one.
Check one_of(std::vector<std::string> words);

/// One parameter: the option --GROUP.NAME, where the group is a method's name, or `compare` for metrics.
struct Parameter {
  std::string name;
  std::string placeholder;    ///< what the help text shows as the value, such as N or PIXELS
  std::string default_value;  ///< as a user would type it
  std::string help;
  Check check;
};

/// The values of some parameters in a job: the value that the user gave, otherwise the default.
class ParameterValues {
 public:
  ParameterValues(const std::string& group, const std::vector<Parameter>& known, const JobConfig& job);

  /// The value as typed. Throws std::out_of_range for a name that is not known, as do all functions here.
  const std::string& text(const std::string& name) const { return values_.at(name); }
  bool is(const std::string& name, const std::string& value) const { return text(name) == value; }
  /// The value as a number, which its check has accepted.
  std::int64_t integer(const std::string& name) const;
  double number(const std::string& name) const;
  /// The numbers of a comma separated list, which its check has accepted.
  std::vector<double> numbers(const std::string& name) const;
  /// All values by name.
  const std::map<std::string, std::string>& all() const { return values_; }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace sightline::job
