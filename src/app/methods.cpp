#include <cstdio>

#include <nlohmann/json.hpp>

#include "app/command.hpp"
#include "attribution/methods/registry.hpp"
#include "base/text.hpp"

namespace sightline::app {
namespace {

/// The names of the general options that a method reads.
std::vector<std::string> shared_options(const attribution::MethodSpec& method) {
  auto names = method.shared_options;
  names.emplace_back("target");
  return names;
}

nlohmann::json to_json(const attribution::MethodSpec& method) {
  auto parameters = nlohmann::json::array();
  for (const auto& parameter : method.parameters) {
    parameters.push_back({{"option", method.name + "." + parameter.name},
                          {"values", parameter.placeholder},
                          {"default", parameter.default_value},
                          {"help", parameter.help}});
  }
  return {{"name", method.name},
          {"title", method.title},
          {"paper", method.paper},
          {"kind", attribution::name_of(method.kind)},
          {"grid_reading", attribution::name_of(method.grid_reading)},
          {"cost", method.cost},
          {"applies_to", method.applies},
          {"parameters", parameters},
          {"shared_options", shared_options(method)}};
}

void print(const attribution::MethodSpec& method) {
  std::printf("%s: %s (%s)\n  map: %s\n  cost: %s\n  applies to: %s\n  shared options: %s\n", method.name.c_str(),
              method.title.c_str(), method.paper.c_str(), attribution::name_of(method.kind).c_str(),
              method.cost.c_str(), method.applies.c_str(), base::join(shared_options(method), ", ").c_str());
  for (const auto& parameter : method.parameters) {
    std::printf("  --%s.%s %s\n        %s [%s]\n", method.name.c_str(), parameter.name.c_str(),
                parameter.placeholder.c_str(), parameter.help.c_str(), parameter.default_value.c_str());
  }
}

base::ExitCode list_methods(const comm::Communicator& ranks, const job::ParsedJob& parsed) {
  if (!ranks.is_root()) {
    return base::ExitCode::done;
  }
  auto all = nlohmann::json::array();
  for (const auto& method : attribution::all_methods()) {
    all.push_back(to_json(method));
    if (!parsed.json) {
      print(method);
    }
  }
  if (parsed.json) {
    std::printf("%s\n", all.dump(2).c_str());
  }
  return base::ExitCode::done;
}

}  // namespace

Command methods_command() {
  return {.name = "methods",
          .usage = "[--json]",
          .summary = "lists the attribution methods with their options",
          .topics = {},
          .run = &list_methods};
}

}  // namespace sightline::app
