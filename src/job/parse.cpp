#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>

#include "base/error.hpp"
#include "base/text.hpp"
#include "job/job_file.hpp"
#include "job/options.hpp"

namespace sightline::job {
namespace {

/// The text of an option's value, and where it was given (the job file or "command line") for messages.
struct GivenValue {
  std::string value;
  std::string where;
};

std::vector<std::string> names_of(const std::vector<Option>& options) {
  std::vector<std::string> names;
  names.reserve(options.size());
  for (const auto& option : options) {
    names.push_back(option.name);
  }
  return names;
}

/// The part of an option's name behind its last dot: linkage for cluster.linkage.
std::string last_part(const std::string& name) {
  return name.substr(name.rfind('.') + 1);
}

std::vector<std::string> with_last_part(const std::vector<std::string>& names, const std::string& last) {
  std::vector<std::string> found;
  std::copy_if(names.begin(), names.end(), std::back_inserter(found),
               [&](const std::string& name) { return last_part(name) == last; });
  return found;
}

/// The options that `name` may stand for. What is behind the last dot is remembered best, so the options that share it
/// come first: cluster.linkage for linkage or clusters.linkage. After them comes the most similar name, or else the
/// options whose last part is the most similar one.
std::vector<std::string> suggestions(const std::vector<std::string>& names, const std::string& name) {
  auto found = with_last_part(names, last_part(name));
  if (const auto nearest = base::nearest_name(name, found)) {
    return {*nearest};
  }
  const bool has_group = name.find('.') != std::string::npos;
  const auto nearest = base::nearest_name(name, names);
  if (nearest && (found.empty() || !has_group)) {
    found.push_back(*nearest);
  }
  if (!found.empty()) {
    return found;
  }
  std::vector<std::string> last_parts;
  std::transform(names.begin(), names.end(), std::back_inserter(last_parts), &last_part);
  const auto last = base::nearest_name(last_part(name), last_parts);
  return last ? with_last_part(names, *last) : found;
}

/// The message about an option that does not exist. `dashes` stands before option names at `where`: "--" on the command
/// line, nothing in a job file.
std::string unknown_option(const std::vector<Option>& options, const std::string& where, const std::string& dashes,
                           const std::string& name) {
  auto meant = suggestions(names_of(options), name);
  for (auto& option : meant) {
    option = fmt::format("'{}{}'", dashes, option);
  }
  const auto hint = meant.empty() ? "'sightline COMMAND --help' lists them."
                                  : fmt::format("Did you mean {}?", base::join(meant, " or "));
  return fmt::format("{}: '{}{}' is not an option. {}", where, dashes, name, hint);
}

/// Reads the values of a job file into `given`. Returns false when the file cannot be read or is not a job file.
bool read_job_file(const std::vector<Option>& options, const std::string& file,
                   std::map<std::string, GivenValue>& given, std::vector<std::string>& mistakes) {
  std::ifstream stream(file);
  if (!stream || std::filesystem::is_directory(file)) {
    const auto* const why = stream ? "is a folder" : std::strerror(errno);
    mistakes.push_back(fmt::format("{}: the job file cannot be read: {}", file, why));
    return false;
  }
  const std::string text(std::istreambuf_iterator<char>(stream), {});
  const auto names = names_of(options);
  try {
    for (const auto& entry : parse_job_file(text)) {
      if (std::find(names.begin(), names.end(), entry.name) == names.end()) {
        mistakes.push_back(unknown_option(options, file, "", entry.name));
      } else if (!given.emplace(entry.name, GivenValue{entry.value, file}).second) {
        mistakes.push_back(fmt::format("{}: '{}' is given twice", file, entry.name));
      }
    }
  } catch (const base::Error& error) {
    mistakes.push_back(fmt::format("{}: {}", file, error.what()));
    return false;
  }
  return true;
}

/// Splits the words of the command line into options with values and positional words.
void read_words(const std::vector<Option>& options, const std::vector<std::string>& words, ParsedJob& parsed,
                std::map<std::string, GivenValue>& given) {
  const auto names = names_of(options);
  for (std::size_t i = 0; i < words.size(); ++i) {
    const auto& word = words[i];
    if (word == "--help" || word == "-h") {
      parsed.help = true;
    } else if (word == "--json") {
      parsed.json = true;
    } else if (word.rfind("--", 0) != 0) {
      parsed.positionals.push_back(word);
    } else {
      const auto equals = word.find('=');
      const auto name = word.substr(2, equals == std::string::npos ? equals : equals - 2);
      const bool known = std::find(names.begin(), names.end(), name) != names.end();
      const bool value_follows =
          equals == std::string::npos && i + 1 < words.size() && words[i + 1].rfind("--", 0) != 0;
      const auto value = equals != std::string::npos ? word.substr(equals + 1)
                         : value_follows             ? words[++i]
                                                     : std::string();
      if (!known) {
        parsed.mistakes.push_back(unknown_option(options, "command line", "--", name));
      } else if (equals == std::string::npos && !value_follows) {
        parsed.mistakes.push_back(fmt::format("command line: --{} needs a value", name));
      } else {
        given[name] = {value, "command line"};
      }
    }
  }
}

/// Writes the given values and the defaults of all other options into `parsed`.
void apply_values(const std::vector<Option>& options, const std::map<std::string, GivenValue>& given,
                  ParsedJob& parsed) {
  for (const auto& option : options) {
    const auto found = given.find(option.name);
    if (found == given.end() && option.default_value.empty()) {
      continue;
    }
    const auto& value = found == given.end() ? option.default_value : found->second.value;
    parsed.values[option.name] = value;
    try {
      option.set(parsed.job, value);
    } catch (const base::Error& error) {
      parsed.mistakes.push_back(fmt::format("{}: {}: {}", found->second.where, option.name, error.what()));
    }
  }
}

}  // namespace

ParsedJob parse_arguments(const std::vector<std::string>& words, const std::vector<Option>& options) {
  ParsedJob parsed;
  std::map<std::string, GivenValue> from_words;
  read_words(options, words, parsed, from_words);

  std::map<std::string, GivenValue> given;
  const auto is_job_file = [](const std::string& word) { return word.size() > 4 && word.ends_with(".ini"); };
  for (const auto& word : parsed.positionals) {
    if (is_job_file(word)) {
      parsed.job_file_read = read_job_file(options, word, given, parsed.mistakes) && parsed.job_file_read;
      parsed.job_file = word;
    }
  }
  std::erase_if(parsed.positionals, is_job_file);
  for (auto& [name, value] : from_words) {
    parsed.on_command_line[name] = value.value;
    given[name] = std::move(value);
  }
  apply_values(options, given, parsed);
  return parsed;
}

}  // namespace sightline::job
