#pragma once

#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/error.hpp"
#include "comm/communicator.hpp"

namespace sightline::stages {

/// What OUTPUT/failure.json says of the last failure of a job that writes to a folder.
struct Failure {
  std::string stage;  ///< the command that claimed the folder: attribute, compare ...
  std::string time;   ///< 2026-11-28 07:30:00 in the time zone of the host
  std::string host;
  int rank = 0;
  int ranks = 1;
  std::string job;  ///< the Slurm job, or empty
  int exit_code = 0;
  std::string message;
  std::string model;  ///< what the rank explained, or empty; so are method and image
  std::string method;
  std::string image;
  std::string go_on;  ///< the command that continues the job
};

constexpr auto failure_file = "failure.json";

/// The command line of this program, which a report of a failure repeats. Called once, before anything can fail.
void remember_command_line(const std::vector<std::string>& words);

/// From now on failures are written into this folder. A failure of the same stage that is written there is removed.
/// OutputClaim calls it on every rank; `is_root`: the one that removes the file.
void report_failures_to(const std::filesystem::path& folder, const std::string& stage, bool is_root);

/// Writes failure.json into the folder of report_failures_to, with what this rank was doing (base::activity). Does
/// nothing when there is no such folder or the job was merely stopped; a file that cannot be written is a warning. To
/// be called on the rank on which the error arose.
void report_failure(const comm::Communicator& ranks, base::ExitCode code, const std::string& message) noexcept;

/// The failure that a folder tells of, or nothing. A file that is not one of report_failure's is none.
std::optional<Failure> last_failure(const std::filesystem::path& folder);

}  // namespace sightline::stages
