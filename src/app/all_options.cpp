#include "app/all_options.hpp"

#include <fmt/format.h>

#include "attribution/methods/registry.hpp"
#include "attribution/quality/quality_metrics.hpp"
#include "base/text.hpp"
#include "comparison/metrics.hpp"

namespace sightline::app {
namespace {

/// The option --GROUP.NAME for a parameter of a method or a metric.
job::Option option_of(const std::string& group, const job::Parameter& parameter, const std::string& help,
                      job::Topic topic) {
  const auto name = group + "." + parameter.name;
  return {name,
          parameter.placeholder,
          parameter.default_value,
          help,
          topic,
          [name, check = parameter.check](job::JobConfig& job, const std::string& value) {
            check(value);
            job.parameters[name] = value;
          }};
}

std::vector<std::string> metric_names() {
  std::vector<std::string> names;
  for (const auto& metric : comparison::all_metrics()) {
    names.push_back(metric.name);
  }
  return names;
}

/// The names of the quality metrics, each with its cost.
std::vector<std::string> quality_metric_names() {
  std::vector<std::string> names;
  for (const auto& metric : attribution::quality_metrics()) {
    names.push_back(fmt::format("{} ({})", metric.name, metric.cost));
  }
  return names;
}

/// Appends the choices to the help of the option `name`.
void add_choices(std::vector<job::Option>& options, const std::string& name, const std::vector<std::string>& choices) {
  for (auto& option : options) {
    if (option.name == name) {
      option.help += ": " + base::join(choices, ", ");
    }
  }
}

}  // namespace

const std::vector<job::Option>& all_options() {
  static const auto options = [] {
    auto all = job::general_options();
    for (const auto& method : attribution::all_methods()) {
      for (const auto& parameter : method.parameters) {
        all.push_back(option_of(method.name, parameter, method.title + ": " + parameter.help, job::Topic::parameters));
      }
    }
    for (const auto& metric : comparison::all_metrics()) {
      for (const auto& parameter : metric.parameters) {
        all.push_back(option_of("compare", parameter, metric.name + ": " + parameter.help, job::Topic::compare));
      }
    }
    add_choices(all, "compare.metrics", metric_names());
    add_choices(all, "focus.metrics", quality_metric_names());
    return all;
  }();
  return options;
}

}  // namespace sightline::app
