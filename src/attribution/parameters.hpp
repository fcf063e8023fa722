#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "job/job_config.hpp"

namespace sightline::attribution {

/// Checks a value as the user typed it. Throws base::Error(usage) with a message that says which values are allowed;
/// the caller adds the option's name.
using Check = std::function<void(const std::string& value)>;

/// Accepts whole numbers from `least` to `most`, both included.
Check whole_number(std::int64_t least, std::int64_t most);
/// Accepts the same, or the word `auto`.
Check whole_number_or_auto(std::int64_t least, std::int64_t most);
/// Accepts numbers from `least` to `most`, both included.
Check number(double least, double most);
/// Accepts one of `words`; the message offers the nearest one.
Check one_of(std::vector<std::string> words);

/// One parameter of a method: the option --METHOD.NAME and the attribute NAME in stores.
struct Parameter {
  std::string name;
  std::string placeholder;    ///< what the help text shows as the value, such as N or PIXELS
  std::string default_value;  ///< as a user would type it
  std::string help;
  Check check;
};

/// The values of a method's parameters in a job: the value that the user gave, otherwise the default.
class Parameters {
 public:
  Parameters(const std::string& method, const std::vector<Parameter>& known, const job::JobConfig& job);

  /// The value as typed. Throws std::out_of_range for a name that the method does not have, as do all functions here.
  const std::string& text(const std::string& name) const { return values_.at(name); }
  bool is(const std::string& name, const std::string& value) const { return text(name) == value; }
  /// The value as a number, which its check has accepted.
  std::int64_t integer(const std::string& name) const;
  double number(const std::string& name) const;
  /// The whole job, for the options that methods share: target, gradcam.layer, seed.
  const job::JobConfig& job() const { return job_; }
  /// All values and the target rule as text, as they are stored.
  std::map<std::string, std::string> stored() const;

 private:
  std::map<std::string, std::string> values_;
  job::JobConfig job_;
};

}  // namespace sightline::attribution
