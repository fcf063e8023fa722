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
double parse_between(const std::string& value, double below, double above);
/// The numbers of a comma separated list. Throws unless there is at least one, each is above 0 and none is there twice.
std::vector<double> parse_positives(const std::string& value);

Setter text_to(const Field<std::string>& field);
/// Comma separated, at least one.
Setter list_to(const Field<std::vector<std::string>>& field);
Setter integer_to(const Field<std::int64_t>& field, std::int64_t least, std::int64_t most);
/// At least one whole number.
Setter integers_to(const Field<std::vector<std::int64_t>>& field, std::int64_t least, std::int64_t most);
/// Above 0.
Setter positive_to(const Field<double>& field);
/// At least one number above 0.
Setter positives_to(const Field<std::vector<double>>& field);
/// At least `least` and below `below`.
Setter from_to(const Field<double>& field, double least, double below);
/// Between two numbers, both excluded.
Setter between_to(const Field<double>& field, double below, double above);
/// Three numbers, one per colour channel.
Setter colour_to(const Field<std::vector<double>>& field);

/// One of some words, each of which stands for a value.
template <typename T, typename Value>
Setter choice_to(const Field<T>& field, std::vector<std::pair<std::string, Value>> choices) {
  return [=](JobConfig& job, const std::string& value) {
    const auto& choice = base::find_named(
        choices, value, &std::pair<std::string, Value>::first,
        [](const base::UnknownName& unknown) { return base::usage_error("{}", unknown.not_one_of()); });
    field.of(job) = T(choice.second);
  };
}

}  // namespace sightline::job
