#pragma once

#include <filesystem>
#include <optional>
#include <string>

#include "base/folder_lock.hpp"
#include "comm/communicator.hpp"

namespace sightline::stages {

/// This run's output folder, from now to the end of its life: made if need be, and no other job's. One command at a
/// time writes to a folder; reading (inspect, status) needs no claim.
class OutputClaim {
 public:
  /// collective. Throws base::Error(fault) when another job holds the folder or it cannot be written to.
  OutputClaim(const comm::Communicator& ranks, const std::filesystem::path& output, const std::string& command);

 private:
  std::optional<base::FolderLock> lock_;  ///< on the root
};

}  // namespace sightline::stages
