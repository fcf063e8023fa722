#pragma once

#include <filesystem>
#include <vector>

#include "comm/communicator.hpp"
#include "images/archive_index.hpp"
#include "job/job_config.hpp"

namespace sightline::stages {

/// collective. Lists the pictures of tar archives, which the ranks share out: first the archives, then those inside
/// them. The index is kept in `saved` and read from there the next time, if the archives are the same files with the
/// same sizes and times of change; a warning says when it cannot be kept. `files`: on the root; ignored elsewhere.
/// Faults (ArchiveIndex::faults) are an error with `fail` and warnings with `skip`. Throws base::Error(input) for
/// archives that cannot be read or change meanwhile, and Error(stopped) after a signal.
images::ArchiveIndex index_archives(const comm::Communicator& ranks, const std::vector<std::filesystem::path>& files,
                                    const std::filesystem::path& saved, job::BadImage on_bad_image);

}  // namespace sightline::stages
