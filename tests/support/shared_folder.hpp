#pragma once

#include <cstdlib>
#include <filesystem>
#include <string>

/// For reference tests: the folder with the reference numbers, or a skip that says so aloud.
#define SIGHTLINE_REQUIRE_SHARED(folder)                                                               \
  const std::filesystem::path folder = sightline::tests::shared_folder();                              \
  if (!std::filesystem::is_directory(folder)) {                                                        \
    GTEST_SKIP() << "SKIPPED: no shared folder at '" << folder.string() << "' (set SIGHTLINE_SHARED)"; \
  }

namespace sightline::tests {

/// The absolute path of the folder with the reference numbers.
inline std::filesystem::path shared_folder() {
  const char* folder = std::getenv("SIGHTLINE_SHARED");
  return std::filesystem::absolute(folder == nullptr ? "../shared" : folder);
}

}  // namespace sightline::tests
