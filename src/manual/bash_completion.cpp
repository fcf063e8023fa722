#include "manual/bash_completion.hpp"

#include <algorithm>
#include <vector>

#include <fmt/format.h>

#include "app/all_options.hpp"
#include "app/command.hpp"
#include "attribution/methods/registry.hpp"
#include "base/text.hpp"
#include "manual/topics.hpp"
#include "models/zoo/registry.hpp"

namespace sightline::manual {
namespace {

/// Whether a part of a placeholder is a literal word, such as `cpu`, and not a name in capitals, such as FILE.
bool is_word(const std::string& text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char character) {
    return (character >= 'a' && character <= 'z') || (character >= '0' && character <= '9') || character == '_';
  });
}

std::vector<std::string> names_of_models() {
  auto names = models::model_groups();
  for (const auto& spec : models::all_models()) {
    names.push_back(spec.label());
  }
  return names;
}

std::vector<std::string> names_of_methods() {
  std::vector<std::string> names;
  for (const auto& method : attribution::all_methods()) {
    names.push_back(method.name);
  }
  return names;
}

/// The kind of an option's values, in the format that completion.bash describes.
std::string value_of(const job::Option& option) {
  if (option.name == "models") {
    return "list " + base::join(names_of_models(), " ");
  }
  if (option.name == "methods") {
    return "list " + base::join(names_of_methods(), " ");
  }
  const auto parts = base::split_list(option.placeholder, '|');
  const auto has = [&](const char* part) { return std::find(parts.begin(), parts.end(), part) != parts.end(); };
  if (has("FILE") || has("CSV") || has("PROGRAM")) {
    return "file";
  }
  if (has("FOLDER")) {
    return "folder";
  }
  std::string words;
  for (const auto& part : parts) {
    words += is_word(part) ? " " + part : "";
  }
  return words.empty() ? "text" : "words" + words;
}

/// The options of a command with their dashes, separated by blanks.
std::string options_of(const app::Command& command) {
  std::vector<std::string> names;
  for (const auto& option : app::all_options()) {
    if (takes(command, option.topic)) {
      names.push_back("--" + option.name);
    }
  }
  if (command.usage.find("--json") != std::string::npos) {
    names.emplace_back("--json");
  }
  return base::join(names, " ");
}

/// The extensions of a command's positional arguments, separated by blanks.
std::string extensions_of(const app::Command& command) {
  std::vector<std::string> extensions;
  for (const std::string extension : {"ini", "csv", "h5"}) {
    if (command.usage.find("." + extension) != std::string::npos) {
      extensions.push_back(extension);
    }
  }
  return base::join(extensions, " ");
}

/// The text of a bash function that prints a text for each of several words.
class CaseFunction {
 public:
  explicit CaseFunction(const std::string& name) : text_(fmt::format("\n{}() {{\n  case $1 in\n", name)) {}
  /// Adds a word and the text that the function prints for it.
  void add(const std::string& word, const std::string& answer) {
    text_ += fmt::format("    {}) echo '{}' ;;\n", word, answer);
  }
  std::string text() const { return text_ + "  esac\n}\n"; }

 private:
  std::string text_;
};

}  // namespace

std::string bash_completion(const std::string& functions) {
  std::vector<std::string> commands;
  CaseFunction options("_sightline_options");
  CaseFunction positionals("_sightline_positionals");
  for (const auto& command : app::all_commands()) {
    commands.push_back(command.name);
    options.add(command.name, options_of(command));
    positionals.add(command.name, extensions_of(command));
  }
  CaseFunction values("_sightline_value");
  for (const auto& option : app::all_options()) {
    values.add("--" + option.name, value_of(option));
  }
  return fmt::format(
      "# Completes sightline in bash. Generated from the tables of commands and options by sightline_manual.\n"
      "_sightline_commands='{}'\n{}{}{}{}",
      base::join(commands, " "), options.text(), positionals.text(), values.text(), functions);
}

}  // namespace sightline::manual
