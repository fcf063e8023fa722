#include "job/job_file.hpp"

#include <algorithm>

#include "base/error.hpp"
#include "base/text.hpp"

namespace sightline::job {
namespace {

/// The line without its comment and without blanks at its ends.
std::string without_comment(std::string_view line) {
  auto text = base::trim(line);
  if (text.starts_with('#') || text.starts_with(';')) {
    return {};
  }
  for (std::size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '#' && (text[i - 1] == ' ' || text[i - 1] == '\t')) {
      return base::trim(text.substr(0, i));
    }
  }
  return text;
}

}  // namespace

std::vector<JobFileEntry> parse_job_file(std::string_view text) {
  if (text.starts_with("\xEF\xBB\xBF")) {
    text.remove_prefix(3);
  }
  std::vector<JobFileEntry> entries;
  std::string section;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto end = std::min(text.find('\n'), text.size());
    const auto line = without_comment(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.empty()) {
      continue;
    }
    const auto equals = line.find('=');
    const auto key = base::trim(line.substr(0, equals));
    if (line.size() > 2 && line.front() == '[' && line.back() == ']') {
      section = base::trim(line.substr(1, line.size() - 2)) + ".";
    } else if (equals != std::string::npos && !key.empty() && line.find('\0') == std::string::npos) {
      entries.push_back({section + key, base::trim(line.substr(equals + 1))});
    } else {
      throw base::usage_error("line {}: '{}' is neither KEY = VALUE nor [SECTION] nor a comment", number,
                              line.c_str());  // up to a NUL, if there is one
    }
  }
  return entries;
}

}  // namespace sightline::job
