#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "job/job_config.hpp"

/// The parameters of an attribution method or similarity metric. The method or metric lists its parameters, from which
/// the options of the program are made.
namespace sightline::job {

/// Checks a value as the user typed it. Throws base::Error(usage) with a message that says which values are allowed;
/// the caller adds the option's name.
using Check = std::function<void(const std::string& value)>;

/// Accepts whole numbers from `minimum` to `maximum`, both included.
Check whole_number(std::int64_t minimum, std::int64_t maximum);
/// Accepts whole numbers from `minimum` to `maximum`, both included, and the word `auto`.
Check whole_number_or_auto(std::int64_t minimum, std::int64_t maximum);
/// Accepts numbers from `minimum` to `maximum`, both included.
Check number(double minimum, double maximum);
/// Accepts numbers above `lower` and below `upper`.
Check number_between(double lower, double upper);
/// Accepts a comma separated list of at least one number, all of them above 0 and different.
Check positive_numbers();
/// Accepts one of `words`. The error message suggests the most similar one.
Check one_of(std::vector<std::string> words);

/// One parameter: the option --GROUP.NAME, where the group is a method's name, or `compare` for metrics.
struct Parameter {
  std::string name;
  std::string placeholder;    ///< what stands for the value in the help text, such as N or PIXELS
  std::string default_value;  ///< as a user would type it
  std::string help;           ///< one phrase, without the default
  Check check;                ///< accepts the allowed values
};

/// The values of the parameters of one method or metric in a job: those that the user gave, and otherwise the defaults.
class ParameterValues {
 public:
  /// `group` is the part of the option's name before the dot, and `known` lists the parameters.
  ParameterValues(const std::string& group, const std::vector<Parameter>& known, const JobConfig& job);

  /// The value as typed. Like the other functions, throws std::out_of_range when `known` has no parameter of this name.
  const std::string& text(const std::string& name) const { return values_.at(name); }
  /// Whether the value, as typed, equals `value`.
  bool is(const std::string& name, const std::string& value) const { return text(name) == value; }
  /// The value as an integer. The parameter's check must have accepted it as one.
  std::int64_t integer(const std::string& name) const;
  /// The value as a number. The parameter's check must have accepted it as one.
  double number(const std::string& name) const;
  /// The numbers of a comma separated list. The parameter's check must be positive_numbers().
  std::vector<double> numbers(const std::string& name) const;
  /// All values as typed, by the parameters' names.
  const std::map<std::string, std::string>& all() const { return values_; }

 private:
  std::map<std::string, std::string> values_;
};

}  // namespace sightline::job
