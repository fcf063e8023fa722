#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "base/file.hpp"

namespace sightline::models {

/// A safetensors file, memory-mapped: 8 bytes with the header's length, a JSON header, raw little-endian tensors.
/// The constructor checks everything against the file's own size (header length, every offset, shape times element
/// size, no overlap), so that a truncated or hostile file is refused with Error(input) and nothing beyond the file is
/// read or allocated.
class SafetensorsFile {
 public:
  explicit SafetensorsFile(const std::filesystem::path& file);

  std::vector<std::string> names() const;
  bool contains(const std::string& name) const { return entries_.count(name) != 0; }
  /// Throws Error(input) for an unknown name.
  std::vector<std::int64_t> shape(const std::string& name) const;
  /// The tensor as float32 on the CPU: F64, F32, F16, BF16 and the 8-bit floats are converted, integers too. A float32
  /// tensor is a view of the mapped file, which it keeps alive; it must not be written to.
  at::Tensor tensor(const std::string& name) const;
  /// The free-form text entries (`__metadata__`).
  const std::map<std::string, std::string>& metadata() const { return metadata_; }
  const std::filesystem::path& path() const { return path_; }

 private:
  struct Entry {
    at::ScalarType type;
    std::vector<std::int64_t> shape;
    std::uint64_t begin;
    std::uint64_t end;
  };

  void parse_header(std::string_view header, std::uint64_t data_size);
  const Entry& entry(const std::string& name) const;

  std::filesystem::path path_;
  std::shared_ptr<base::MappedFile> file_;
  std::uint64_t data_start_ = 0;
  std::map<std::string, Entry> entries_;
  std::map<std::string, std::string> metadata_;
};

/// Writes tensors (float32, by name) and free-form text as a safetensors file, aside and renamed: readers see the old
/// or the new file and nothing between. Throws Error(fault), for example when the disk is full.
void write_safetensors(const std::filesystem::path& file, const std::map<std::string, at::Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace sightline::models
