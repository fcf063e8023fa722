#pragma once

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "base/error.hpp"
#include "base/find_named.hpp"
#include "base/text.hpp"
#include "job/job_config.hpp"

/// Setters write the value of an option into a job. All functions here and the setters that they return throw
/// base::Error(usage) for a value that is not allowed, with a message that says which values are; the caller adds the
/// option's name.
namespace sightline::job {

/// A data member of JobConfig, or of one of the structs in it, that an option sets.
template <typename T>
class Field {
 public:
  Field(T JobConfig::*field) : get_([field](JobConfig& job) -> T& { return job.*field; }) {}
  template <typename Stage>
  Field(Stage JobConfig::*stage, T Stage::*field)
      : get_([stage, field](JobConfig& job) -> T& { return job.*stage.*field; }) {}

  /// The member in this job.
  T& of(JobConfig& job) const { return get_(job); }

 private:
  std::function<T&(JobConfig&)> get_;
};

/// Parses the text of an option's value and writes the result into the job.
using Setter = std::function<void(JobConfig&, const std::string& value)>;

/// The words of a comma separated list. Throws when a word occurs twice.
std::vector<std::string> split_distinct(const std::string& value);

/// The value as a number. Throws unless it lies above `lower` and below `upper`.
double parse_between(const std::string& value, double lower, double upper);
/// The numbers of a comma separated list. Throws unless there is at least one, all are above 0 and no two are equal
/// as numbers: 1,1.0 names 1 twice.
std::vector<double> parse_positives(const std::string& value);

/// Accepts any text.
Setter set_text(const Field<std::string>& field);
/// Accepts a comma separated list of at least one name, all different.
Setter set_list(const Field<std::vector<std::string>>& field);
/// Accepts a whole number from `minimum` to `maximum`, both included.
Setter set_integer(const Field<std::int64_t>& field, std::int64_t minimum, std::int64_t maximum);
/// Accepts a comma separated list of at least one whole number, all different and from `minimum` to `maximum`, both
/// included.
Setter set_integers(const Field<std::vector<std::int64_t>>& field, std::int64_t minimum, std::int64_t maximum);
/// Accepts a number above 0.
Setter set_positive(const Field<double>& field);
/// Accepts a comma separated list of at least one number, all of them above 0 and different.
Setter set_positives(const Field<std::vector<double>>& field);
/// Accepts a number of at least `minimum` and below `upper`.
Setter set_in_half_open_interval(const Field<double>& field, double minimum, double upper);
/// Accepts a number from `minimum` to `maximum`, both included.
Setter set_in_closed_interval(const Field<double>& field, double minimum, double maximum);
/// Accepts a number above `lower` and below `upper`.
Setter set_in_open_interval(const Field<double>& field, double lower, double upper);
/// Accepts three comma separated numbers, for the channels red, green and blue.
Setter set_rgb(const Field<std::vector<double>>& field);

/// Accepts one of the words of `choices`, which are pairs of a word and the value that it stands for.
template <typename T, typename Value>
Setter set_choice(const Field<T>& field, std::vector<std::pair<std::string, Value>> choices) {
  return [field, choices = std::move(choices)](JobConfig& job, const std::string& value) {
    const auto& choice = base::find_named(
        choices, value, &std::pair<std::string, Value>::first,
        [](const base::UnknownName& unknown) { return base::usage_error("{}", unknown.not_one_of()); });
    field.of(job) = T(choice.second);
  };
}

}  // namespace sightline::job
