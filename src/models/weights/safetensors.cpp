#include "models/weights/safetensors.hpp"

#include <algorithm>
#include <cstring>
#include <limits>

#include <ATen/ops/empty.h>
#include <ATen/ops/from_blob.h>
#include <nlohmann/json.hpp>

#include "base/error.hpp"

namespace sightline::models {
namespace {

constexpr std::uint64_t length_bytes = 8;
constexpr std::uint64_t longest_header = 100'000'000;  // the limit of the reference implementation

const std::map<std::string, at::ScalarType>& types() {
  static const std::map<std::string, at::ScalarType> table = {{"F64", at::kDouble},
                                                              {"F32", at::kFloat},
                                                              {"F16", at::kHalf},
                                                              {"BF16", at::kBFloat16},
                                                              {"F8_E4M3", at::kFloat8_e4m3fn},
                                                              {"F8_E5M2", at::kFloat8_e5m2},
                                                              {"I64", at::kLong},
                                                              {"I32", at::kInt},
                                                              {"I16", at::kShort},
                                                              {"I8", at::kChar},
                                                              {"U8", at::kByte},
                                                              {"BOOL", at::kBool}};
  return table;
}

/// Number of bytes of a tensor, or nothing on overflow.
std::optional<std::uint64_t> byte_size(const std::vector<std::int64_t>& shape, std::uint64_t element) {
  std::uint64_t size = element;
  for (const auto extent : shape) {
    if (__builtin_mul_overflow(size, static_cast<std::uint64_t>(extent), &size)) {
      return std::nullopt;
    }
  }
  return size;
}

std::vector<std::int64_t> parse_shape(const nlohmann::json& json) {
  std::vector<std::int64_t> shape;
  for (const auto& extent : json) {
    if (!extent.is_number_unsigned() || extent.get<std::uint64_t>() > std::numeric_limits<std::int64_t>::max()) {
      throw base::input_error("a shape holds something that is not a size");
    }
    shape.push_back(extent.get<std::int64_t>());
  }
  return shape;
}

}  // namespace

SafetensorsFile::SafetensorsFile(const std::filesystem::path& file)
    : path_(file), file_(std::make_shared<base::MappedFile>(file)) {
  const auto bytes = file_->bytes();
  const auto refuse = [&](const std::string& why) {
    return base::input_error("{}: not a valid safetensors file: {}", file.string(), why);
  };
  if (bytes.size() < length_bytes) {
    throw refuse(fmt::format("it has only {} bytes", bytes.size()));
  }
  std::uint64_t header = 0;
  std::memcpy(&header, bytes.data(), length_bytes);
  if (header > longest_header || header > bytes.size() - length_bytes) {
    const bool pickle = std::memcmp(bytes.data(), "PK", 2) == 0 || bytes[0] == std::byte{0x80};
    throw refuse(pickle ? "it looks like a PyTorch file; convert it with models/convert_weights.py"
                        : fmt::format("its header should have {} bytes, the file has {}: truncated, or another format",
                                      header, bytes.size() - length_bytes));
  }
  data_start_ = length_bytes + header;
  try {
    parse_header({reinterpret_cast<const char*>(bytes.data()) + length_bytes, header}, bytes.size() - data_start_);
  } catch (const nlohmann::json::exception& error) {
    throw refuse(fmt::format("its header is damaged: {}", error.what()));
  } catch (const base::Error& error) {
    throw refuse(error.what());
  }
}

void SafetensorsFile::parse_header(std::string_view header, std::uint64_t data_size) {
  const auto json = nlohmann::json::parse(header);
  if (!json.is_object()) {
    throw base::input_error("its header is not a JSON object");
  }
  std::vector<std::pair<std::uint64_t, std::uint64_t>> ranges;
  for (const auto& [name, value] : json.items()) {
    if (name == "__metadata__") {
      metadata_ = value.get<std::map<std::string, std::string>>();
      continue;
    }
    const auto type = types().find(value.at("dtype").get<std::string>());
    if (type == types().end()) {
      throw base::input_error("tensor '{}' has the unknown type '{}'", name, value.at("dtype").get<std::string>());
    }
    const auto offsets = value.at("data_offsets").get<std::array<std::uint64_t, 2>>();
    Entry entry{type->second, parse_shape(value.at("shape")), offsets[0], offsets[1]};
    const auto size = byte_size(entry.shape, c10::elementSize(entry.type));
    if (entry.begin > entry.end || entry.end > data_size || !size || *size != entry.end - entry.begin) {
      throw base::input_error(
          "tensor '{}' should lie at bytes {} to {} of {}, which does not fit its shape or the file: truncated?", name,
          entry.begin, entry.end, data_size);
    }
    ranges.emplace_back(entry.begin, entry.end);
    entries_.emplace(name, std::move(entry));
  }
  std::sort(ranges.begin(), ranges.end());
  for (std::size_t i = 1; i < ranges.size(); ++i) {
    if (ranges[i].first < ranges[i - 1].second) {
      throw base::input_error("two tensors overlap at byte {}", ranges[i].first);
    }
  }
}

std::vector<std::string> SafetensorsFile::names() const {
  std::vector<std::string> names;
  for (const auto& [name, unused] : entries_) {
    names.push_back(name);
  }
  return names;
}

const SafetensorsFile::Entry& SafetensorsFile::entry(const std::string& name) const {
  const auto found = entries_.find(name);
  if (found == entries_.end()) {
    throw base::input_error("{}: holds no tensor '{}'", path_.string(), name);
  }
  return found->second;
}

std::vector<std::int64_t> SafetensorsFile::shape(const std::string& name) const {
  return entry(name).shape;
}

at::Tensor SafetensorsFile::tensor(const std::string& name) const {
  const auto& found = entry(name);
  auto* data = const_cast<std::byte*>(file_->bytes().data()) + data_start_ + found.begin;
  const auto alignment = reinterpret_cast<std::uintptr_t>(data) % c10::elementSize(found.type);
  if (alignment != 0 || found.begin == found.end) {
    auto copy = at::empty(found.shape, found.type);
    std::memcpy(copy.mutable_data_ptr(), data, found.end - found.begin);
    return copy.to(at::kFloat);
  }
  return at::from_blob(
             data, found.shape, [file = file_](void*) {}, found.type)
      .to(at::kFloat);
}

void write_safetensors(const std::filesystem::path& file, const std::map<std::string, at::Tensor>& tensors,
                       const std::map<std::string, std::string>& metadata) {
  auto json = nlohmann::json::object();
  json["__metadata__"] = metadata;
  std::string data;
  for (const auto& [name, tensor] : tensors) {
    const auto plain = tensor.detach().cpu().to(at::kFloat).contiguous();
    const auto begin = data.size();
    data.append(static_cast<const char*>(plain.const_data_ptr()), static_cast<std::size_t>(plain.nbytes()));
    json[name] = {{"dtype", "F32"}, {"shape", plain.sizes().vec()}, {"data_offsets", {begin, data.size()}}};
  }
  auto header = json.dump();
  header.append((length_bytes - header.size() % length_bytes) % length_bytes, ' ');  // tensors are aligned
  const auto length = static_cast<std::uint64_t>(header.size());
  std::string length_text(length_bytes, '\0');
  std::memcpy(length_text.data(), &length, length_bytes);
  base::write_text(file, length_text + header + data);
}

}  // namespace sightline::models
