#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace sightline::base {

/// Exit codes of the program (design.md, section 2). `done` is never carried by an Error.
enum class ExitCode : int {
  done = 0,
  usage = 2,     ///< a bad option or job file
  input = 3,     ///< a bad image, weights file, store or matrix
  fault = 4,     ///< a run-time fault: disk full, out of memory, a broken cluster
  stopped = 75,  ///< stopped by a signal with everything finished so far saved
};

/// A mistake that the user can mend. The text names the file, option or image, what was found, and what would be right.
class Error : public std::runtime_error {
 public:
  Error(ExitCode code, const std::string& message) : std::runtime_error(message), code_(code) {}
  ExitCode code() const { return code_; }

 private:
  ExitCode code_;
};

template <typename... Args>
Error usage_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ExitCode::usage, fmt::format(format, std::forward<Args>(args)...)};
}

template <typename... Args>
Error input_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ExitCode::input, fmt::format(format, std::forward<Args>(args)...)};
}

template <typename... Args>
Error fault(fmt::format_string<Args...> format, Args&&... args) {
  return {ExitCode::fault, fmt::format(format, std::forward<Args>(args)...)};
}

}  // namespace sightline::base
