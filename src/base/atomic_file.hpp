#pragma once

#include <cstddef>
#include <filesystem>
#include <span>

namespace sightline::base {

/// A file that is replaced as a whole: what is written goes to FILE.partial, which gets the name FILE when it is
/// finished. Readers see either the old or the new file. FILE.partial is deleted when it is not finished.
class AtomicFile {
 public:
  /// Throws Error(fault) when the file cannot be written; so do the other functions, such as for a full disk.
  explicit AtomicFile(std::filesystem::path file);
  ~AtomicFile();
  AtomicFile(const AtomicFile&) = delete;
  AtomicFile& operator=(const AtomicFile&) = delete;

  void write(std::span<const std::byte> bytes);
  /// Flushes the file to the disk and gives it its name.
  void finish();

 private:
  std::filesystem::path file_;
  std::filesystem::path partial_;
  int descriptor_;  ///< negative when the file is finished
};

}  // namespace sightline::base
