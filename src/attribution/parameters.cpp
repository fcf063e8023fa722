#include "attribution/parameters.hpp"

#include "base/error.hpp"
#include "base/find_named.hpp"
#include "base/text.hpp"

namespace sightline::attribution {

Check whole_number(std::int64_t least, std::int64_t most) {
  return [=](const std::string& value) {
    const auto number = base::parse_integer(value);
    if (!number || *number < least || *number > most) {
      throw base::usage_error("'{}' is not a whole number from {} to {}", value, least, most);
    }
  };
}

Check whole_number_or_auto(std::int64_t least, std::int64_t most) {
  return [check = whole_number(least, most)](const std::string& value) {
    if (value != "auto") {
      check(value);
    }
  };
}

Check number(double least, double most) {
  return [=](const std::string& value) {
    const auto number = base::parse_number(value);
    if (!number || !(*number >= least && *number <= most)) {
      throw base::usage_error("'{}' is not a number from {} to {}", value, least, most);
    }
  };
}

Check one_of(std::vector<std::string> words) {
  return [words = std::move(words)](const std::string& value) {
    base::find_named(words, value,
                     [](const base::UnknownName& unknown) { return base::usage_error("{}", unknown.not_one_of()); });
  };
}

Parameters::Parameters(const std::string& method, const std::vector<Parameter>& known, const job::JobConfig& job)
    : job_(job) {
  for (const auto& parameter : known) {
    const auto given = job.explain.parameters.find(method + "." + parameter.name);
    values_[parameter.name] = given == job.explain.parameters.end() ? parameter.default_value : given->second;
  }
}

std::int64_t Parameters::integer(const std::string& name) const {
  return base::parse_integer(text(name)).value();
}

double Parameters::number(const std::string& name) const {
  return base::parse_number(text(name)).value();
}

std::map<std::string, std::string> Parameters::stored() const {
  auto all = values_;
  all["target"] = job_.explain.target.text();
  return all;
}

}  // namespace sightline::attribution
