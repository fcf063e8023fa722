#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sightline::job {

/// A value of a job file.
struct JobFileEntry {
  std::string name;   ///< the option's name: SECTION.KEY, or KEY before the first section
  std::string value;  ///< without blanks at its ends
};

/// Parses the text of a job file, which is an INI file: lines KEY = VALUE, and lines [SECTION] that hold for the keys
/// after them. Empty lines are skipped, and so are comments: lines that begin with # or ;, and what follows a # with a
/// blank before it. Any other # belongs to the value, such as that in /data/set#3. Lines end with LF or CR LF; a UTF-8
/// byte order mark is dropped. Throws base::Error(usage) with the number of a line that is nothing of this.
std::vector<JobFileEntry> parse_job_file(std::string_view text);

}  // namespace sightline::job
