#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/folder_lock.hpp"
#include "comm/communicator.hpp"

namespace sightline::stages {

/// Holds the lock of the run's output folder (base::FolderLock) for the lifetime of the object, since only one command
/// at a time may write to a folder. The folder is created if it does not exist. Commands that only read (inspect,
/// status) need no claim. From the claim on, what goes wrong is also written into the folder (report_failures_to).
class OutputClaim {
 public:
  /// collective. `command`: the command's name, which the lock file shows to others. Throws base::Error(fault) when
  /// another job holds the folder or the folder cannot be written to, and base::Error(stopped) when a signal arrives
  /// while it waits for the lock.
  OutputClaim(const comm::Communicator& ranks, const std::filesystem::path& output, const std::string& command);

 private:
  std::optional<base::FolderLock> lock_;  ///< held by the root; empty on other ranks
};

}  // namespace sightline::stages
