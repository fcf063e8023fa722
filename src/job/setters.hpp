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

/// How options write their values into a job. Each throws base::Error(usage) saying what would be right, without the
/// option's name.
namespace sightline::job {

/// Where a value goes: a field of the job itself, or of one of its stages.
template <typename T>
class Field {
 public:
  Field(T JobConfig::*field) : get_([field](JobConfig& job) -> T& { return job.*field; }) {}
  template <typename Stage>
  Field(Stage JobConfig::*stage, T Stage::*field)
      : get_([stage, field](JobConfig& job) -> T& { return job.*stage.*field; }) {}

  T& of(JobConfig& job) const { return get_(job); }

 private:
  std::function<T&(JobConfig&)> get_;
};

using Setter = std::function<void(JobConfig&, const std::string& value)>;

/// The words of a comma separated list. Throws when one is there twice.
std::vector<std::string> split_distinct(const std::string& value);

/// The number. Throws unless it lies between two numbers, both excluded.
double parse_between(const std::string& value, double lower, double upper);
/// The numbers of a comma separated list. Throws unless there is at least one, each is above 0 and none is there twice.
std::vector<double> parse_positives(const std::string& value);

Setter set_text(const Field<std::string>& field);
/// Comma separated, at least one.
Setter set_list(const Field<std::vector<std::string>>& field);
Setter set_integer(const Field<std::int64_t>& field, std::int64_t minimum, std::int64_t maximum);
/// At least one whole number.
Setter set_integers(const Field<std::vector<std::int64_t>>& field, std::int64_t minimum, std::int64_t maximum);
/// Above 0.
Setter set_positive(const Field<double>& field);
/// At least one number above 0.
Setter set_positives(const Field<std::vector<double>>& field);
/// At least `minimum` and below `upper`.
Setter set_in_half_open_interval(const Field<double>& field, double minimum, double upper);
/// Between two numbers, both excluded.
Setter set_in_open_interval(const Field<double>& field, double lower, double upper);
/// Three numbers, one per colour channel.
Setter set_rgb(const Field<std::vector<double>>& field);

/// One of some words, each of which stands for a value.
template <typename T, typename Value>
Setter set_choice(const Field<T>& field, std::vector<std::pair<std::string, Value>> choices) {
  return [=](JobConfig& job, const std::string& value) {
    const auto& choice = base::find_named(
        choices, value, &std::pair<std::string, Value>::first,
        [](const base::UnknownName& unknown) { return base::usage_error("{}", unknown.not_one_of()); });
    field.of(job) = T(choice.second);
  };
}

}  // namespace sightline::job
