#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "job/options.hpp"

namespace sightline::stages {

/// Root only. Adds an entry for a stage to OUTPUT/run.json and keeps the entries of other stages. The entry holds the
/// job, the number of ranks and `facts`, numbers by name such as "seconds". `devices`: the device of each rank; a stage
/// that passes them also becomes the record of the whole run, one that runs no models passes none. Throws
/// base::Error(fault) when the file cannot be written.
void record_stage(const std::filesystem::path& output, const job::ParsedJob& parsed, const comm::Communicator& ranks,
                  const std::vector<std::string>& devices, const std::string& stage,
                  const std::map<std::string, double>& facts);

}  // namespace sightline::stages
