#include "read_json.hpp"

#include "base/file.hpp"

namespace sightline::tests {

nlohmann::json read_json(const std::filesystem::path& file) {
  return nlohmann::json::parse(base::read_text(std::filesystem::path(SIGHTLINE_TESTS_FOLDER) / "fixtures" / file));
}

}  // namespace sightline::tests
