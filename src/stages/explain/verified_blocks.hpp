#pragma once

#include <cstdint>
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

namespace sightline::stages {

/// Which records of a store were found good, for `--verify recent`: for each model and method, the checksum of the
/// status words of every `rows` images, as they were when all of them had been verified or written. A block whose
/// checksum has changed since has newer records, and is verified again. The blocks of STORE.h5 are in
/// STORE.verified.json.
class VerifiedBlocks {
 public:
  static constexpr std::size_t rows = 1024;
  static constexpr std::uint32_t unknown = 0;  ///< in the place of a checksum: the block is not known to be good

  /// The file beside a store.
  static std::filesystem::path file_of(const std::filesystem::path& store);
  /// The checksum of each block of a method's status words.
  static std::vector<std::uint32_t> checksums(std::span<const std::uint32_t> status);

  /// Reads what `to_text` gives. Any other text means that nothing is verified.
  static VerifiedBlocks from_text(const std::string& text);
  std::string to_text() const;

  /// For each block of these status words, whether it is as it was when it was verified. `record`: a name for model and
  /// method.
  std::vector<bool> unchanged(const std::string& record, std::span<const std::uint32_t> status) const;
  void set(const std::string& record, std::vector<std::uint32_t> checksums);
  /// Adds the records of another.
  void add(const VerifiedBlocks& other) { blocks_.insert(other.blocks_.begin(), other.blocks_.end()); }

 private:
  std::map<std::string, std::vector<std::uint32_t>> blocks_;
};

}  // namespace sightline::stages
