#include "stages/run/run_record.hpp"

#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "stages/run/version.hpp"

namespace sightline::stages {

void record_stage(const std::filesystem::path& output, const job::ParsedJob& parsed, const comm::Communicator& ranks,
                  const std::vector<std::string>& devices, const std::string& stage,
                  const std::map<std::string, double>& facts) {
  const auto file = output / "run.json";
  auto record = std::filesystem::exists(file) ? nlohmann::json::parse(base::read_text(file), nullptr, false)
                                              : nlohmann::json::object();
  if (!record.is_object()) {
    record = nlohmann::json::object();
  }
  record["program"] = program_version();
  record["libraries"] = library_versions();
  record["stages"][stage] = facts;
  record["stages"][stage]["ranks"] = ranks.size();
  record["stages"][stage]["job"] = parsed.values;
  if (!devices.empty()) {
    record["job"] = parsed.values;
    record["devices"] = devices;
  }
  // JSON is UTF-8, and a path of the job need not be: the bytes that are not become replacement characters.
  base::write_text(file, record.dump(2, ' ', false, nlohmann::json::error_handler_t::replace) + "\n");
}

}  // namespace sightline::stages
