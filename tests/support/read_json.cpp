#include "read_json.hpp"

#include <map>

#include "base/file.hpp"

namespace sightline::tests {

const nlohmann::json& read_json(const std::filesystem::path& file) {
  static std::map<std::filesystem::path, nlohmann::json> read;
  const auto path = std::filesystem::path(SIGHTLINE_TESTS_FOLDER) / "fixtures" / file;
  if (!read.contains(path))
    read.emplace(path, nlohmann::json::parse(base::read_text(path)));
  return read.at(path);
}

}  // namespace sightline::tests
