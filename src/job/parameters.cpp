#include "job/parameters.hpp"

#include "base/error.hpp"
#include "base/find_named.hpp"
#include "base/text.hpp"
#include "job/setters.hpp"

namespace sightline::job {

Check whole_number(std::int64_t minimum, std::int64_t maximum) {
  return [=](const std::string& value) {
    const auto number = base::parse_integer(value);
    if (!number || *number < minimum || *number > maximum) {
      throw base::usage_error("'{}' is not a whole number from {} to {}", value, minimum, maximum);
    }
  };
}

Check whole_number_or_auto(std::int64_t minimum, std::int64_t maximum) {
  return [check = whole_number(minimum, maximum)](const std::string& value) {
    if (value != "auto") {
      check(value);
    }
  };
}

Check number(double minimum, double maximum) {
  return [=](const std::string& value) {
    const auto number = base::parse_number(value);
    if (!number || !(*number >= minimum && *number <= maximum)) {
      throw base::usage_error("'{}' is not a number from {} to {}", value, minimum, maximum);
    }
  };
}

Check number_between(double lower, double upper) {
  return [=](const std::string& value) { parse_between(value, lower, upper); };
}

Check positive_numbers() {
  return [](const std::string& value) { parse_positives(value); };
}

Check one_of(std::vector<std::string> words) {
  return [words = std::move(words)](const std::string& value) {
    base::find_named(words, value,
                     [](const base::UnknownName& unknown) { return base::usage_error("{}", unknown.not_one_of()); });
  };
}

ParameterValues::ParameterValues(const std::string& group, const std::vector<Parameter>& known, const JobConfig& job) {
  for (const auto& parameter : known) {
    const auto given = job.parameters.find(group + "." + parameter.name);
    values_[parameter.name] = given == job.parameters.end() ? parameter.default_value : given->second;
  }
}

std::int64_t ParameterValues::integer(const std::string& name) const {
  return base::parse_integer(text(name)).value();
}

double ParameterValues::number(const std::string& name) const {
  return base::parse_number(text(name)).value();
}

std::vector<double> ParameterValues::numbers(const std::string& name) const {
  return parse_positives(text(name));
}

}  // namespace sightline::job
