#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <ATen/core/Tensor.h>

#include "base/file.hpp"

namespace sightline::models {

/// A memory-mapped safetensors file: 8 bytes with the header's length, a JSON header, and the tensors in little-endian
/// order. The constructor checks the header's length, every offset, that each shape fits its range of bytes, and that
/// ranges do not overlap. A truncated or malicious file is refused, and nothing outside the file is read or allocated.
class SafetensorsFile {
 public:
  /// Throws base::Error(input) for a file that is not valid.
  explicit SafetensorsFile(const std::filesystem::path& file);

  /// The names of all tensors, sorted.
  std::vector<std::string> names() const;
  bool contains(const std::string& name) const { return entries_.count(name) != 0; }
  /// The shape of a tensor. Throws base::Error(input) for an unknown name, as `tensor` does.
  std::vector<std::int64_t> shape(const std::string& name) const;
  /// A tensor as float32 on the CPU; other floating-point and integer types are converted. An F32 tensor is a view of
  /// the mapped file, which it keeps alive, and must not be written to.
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

/// Writes tensors as float32 by name, and text entries, to a safetensors file. The file is written under a temporary
/// name and then renamed, so readers see either the old or the new file. Throws base::Error(fault), for example when
/// the disk is full.
void write_safetensors(const std::filesystem::path& file, const std::map<std::string, at::Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata);

}  // namespace sightline::models
