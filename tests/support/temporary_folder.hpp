#pragma once

#include <filesystem>
#include <string>

namespace sightline::tests {

/// A folder of its own for one test, deleted at the end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }
  std::filesystem::path operator/(const std::string& name) const { return path_ / name; }

 private:
  std::filesystem::path path_;
};

/// Writes a file of exactly these bytes.
void write_file(const std::filesystem::path& file, const std::string& bytes);

}  // namespace sightline::tests
