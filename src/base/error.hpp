#pragma once

#include <stdexcept>
#include <string>
#include <utility>

#include <fmt/format.h>

namespace sightline::base {

/// Exit codes of the program. An Error has any of them except `done`.
enum class ExitCode : int {
  done = 0,
  usage = 2,     ///< a bad option or job file
  input = 3,     ///< a bad image, weights file, explanations file or matrix
  fault = 4,     ///< a fault at run time: a full disk, too little memory, a failing cluster
  stopped = 75,  ///< stopped by a signal; everything finished before it is saved
};

/// An error that is reported to the user and ends the program with its exit code. The message names the file, option or
/// image, says what was found, and says what would be correct.
class Error : public std::runtime_error {
 public:
  /// `rank`: the rank on which the error arose, if other ranks have it from there (Communicator::all_or_throw).
  Error(ExitCode code, const std::string& message, int rank = 0)
      : std::runtime_error(message), code_(code), rank_(rank) {}
  ExitCode code() const { return code_; }
  int rank() const { return rank_; }

 private:
  ExitCode code_;
  int rank_;
};

/// An Error with ExitCode::usage and a message formatted by fmt.
template <typename... Args>
Error usage_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ExitCode::usage, fmt::format(format, std::forward<Args>(args)...)};
}

/// An Error with ExitCode::input and a message formatted by fmt.
template <typename... Args>
Error input_error(fmt::format_string<Args...> format, Args&&... args) {
  return {ExitCode::input, fmt::format(format, std::forward<Args>(args)...)};
}

/// An Error with ExitCode::fault and a message formatted by fmt.
template <typename... Args>
Error fault(fmt::format_string<Args...> format, Args&&... args) {
  return {ExitCode::fault, fmt::format(format, std::forward<Args>(args)...)};
}

}  // namespace sightline::base
