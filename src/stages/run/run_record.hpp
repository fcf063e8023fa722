#pragma once

#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "comm/communicator.hpp"
#include "job/options.hpp"

namespace sightline::stages {

/// run.json: what was run, with what, where and how long. Each stage adds its own entry; earlier ones stay.
/// Facts are numbers by name; devices by rank, for the stage that computes. Root only.
void record_stage(const std::filesystem::path& output, const job::ParsedJob& parsed, const comm::Communicator& ranks,
                  const std::vector<std::string>& devices, const std::string& stage,
                  const std::map<std::string, double>& facts);

}  // namespace sightline::stages
