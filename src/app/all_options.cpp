#include "app/all_options.hpp"

#include "attribution/method.hpp"
#include "attribution/methods/registry.hpp"

namespace sightline::app {
namespace {

job::Option option_of(const attribution::MethodSpec& method, const attribution::Parameter& parameter) {
  const auto name = method.name + "." + parameter.name;
  return {name,
          parameter.placeholder,
          parameter.default_value,
          method.title + ": " + parameter.help,
          job::Topic::parameters,
          [name, check = parameter.check](job::JobConfig& job, const std::string& value) {
            check(value);
            job.explain.parameters[name] = value;
          }};
}

}  // namespace

const std::vector<job::Option>& all_options() {
  static const auto options = [] {
    auto all = job::general_options();
    for (const auto& method : attribution::all_methods()) {
      for (const auto& parameter : method.parameters) {
        all.push_back(option_of(method, parameter));
      }
    }
    return all;
  }();
  return options;
}

}  // namespace sightline::app
