#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include "stages/explain/work.hpp"

namespace sightline::stages {

/// collective. Sets `work.missing` to the records that the store has not, and `work.unverified` to those that it has
/// and that --verify wants to be read. Only status words are read, which the ranks share. Records of methods that do
/// not fit their model are in neither. `fits`: Survey::fits, model after model.
void find_records(const comm::Communicator& ranks, const ResolvedJob& job, const std::vector<char>& fits,
                  const std::filesystem::path& file, Work& work);

/// collective. Reads the records of `work.unverified`, which the ranks share, and sets `work.missing` to those that are
/// corrupt, each with a warning. Returns whether a signal has stopped it; `work` is of no use then. `stage`: the name
/// of the stage in the progress line.
bool find_corrupt(const comm::Communicator& ranks, const ResolvedJob& job, const std::filesystem::path& file,
                  const std::string& stage, Work& work);

/// collective. Notes, for the next job with --verify recent, that all records of this job are good.
void note_verified(const comm::Communicator& ranks, const ResolvedJob& job, const std::filesystem::path& file,
                   const Work& work);

}  // namespace sightline::stages
