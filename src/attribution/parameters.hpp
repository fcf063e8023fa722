#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "job/job_config.hpp"

namespace sightline::attribution {

/// Checks what a user typed. Throws base::Error(usage) saying what would be right, without the option's name.
using Check = std::function<void(const std::string& value)>;

/// From `least` to `most`, both included.
Check whole_number(std::int64_t least, std::int64_t most);
/// A whole number or the word `auto`.
Check whole_number_or_auto(std::int64_t least, std::int64_t most);
/// Likewise.
Check number(double least, double most);
Check one_of(std::vector<std::string> words);

/// One parameter of a method: the option --METHOD.NAME and the attribute NAME in stores.
struct Parameter {
  std::string name;
  std::string placeholder;    ///< what the value is, with its unit
  std::string default_value;  ///< as it would be typed
  std::string help;
  Check check;
};

/// A method's parameters with the values of a job: what is typed, else the default.
class Parameters {
 public:
  Parameters(const std::string& method, const std::vector<Parameter>& known, const job::JobConfig& job);

  const std::string& text(const std::string& name) const { return values_.at(name); }
  bool is(const std::string& name, const std::string& value) const { return text(name) == value; }
  std::int64_t integer(const std::string& name) const;
  double number(const std::string& name) const;
  /// The job's options that methods share: target, layer, seed.
  const job::JobConfig& job() const { return job_; }
  /// All of them and the target rule, as they are stored.
  std::map<std::string, std::string> stored() const;

 private:
  std::map<std::string, std::string> values_;
  job::JobConfig job_;
};

}  // namespace sightline::attribution
