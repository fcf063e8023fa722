#pragma once

#include <filesystem>

#include <nlohmann/json.hpp>

namespace sightline::tests {

/// The content of a JSON file; a relative path starts in tests/fixtures. Throws when it cannot be read or parsed. The
/// value is kept until the process ends, so that a loop over a part of it, `: read_json(...).at(...)`, is sound. The
/// parser is compiled once, here: it takes the sanitizers' build 6 s in every file that calls it.
const nlohmann::json& read_json(const std::filesystem::path& file);

}  // namespace sightline::tests
