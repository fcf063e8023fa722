#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.hpp"

namespace sightline::base {

/// Writes values one behind the other into a text of bytes, in the byte order of the machine: for other ranks, and for
/// files that are made anew where they cannot be read.
class Packer {
 public:
  template <typename T>
  requires std::is_trivially_copyable_v<T>
  void add(const T& value) { bytes_.append(reinterpret_cast<const char*>(&value), sizeof(T)); }
  void add(const std::string& text) {
    add(std::uint64_t{text.size()});
    bytes_ += text;
  }
  /// Adds the number of the values, and each of them by `add_one(packer, value)`.
  template <typename Values, typename AddOne>
  void add_each(const Values& values, AddOne add_one) {
    add(std::uint64_t{values.size()});
    for (const auto& value : values) {
      add_one(*this, value);
    }
  }
  const std::string& bytes() const { return bytes_; }

 private:
  std::string bytes_;
};

/// Reads the values that a Packer wrote, in the same order.
class Unpacker {
 public:
  /// `bytes` must outlive this object.
  explicit Unpacker(std::string_view bytes) : left_(bytes) {}

  /// The next value. Throws Error(input) when the bytes end before it.
  template <typename T>
  requires std::is_trivially_copyable_v<T> T number() {
    T value;
    const auto bytes = take(sizeof(T));
    std::memcpy(&value, bytes.data(), bytes.size());
    return value;
  }
  std::string text() { return std::string(take(number<std::uint64_t>())); }
  /// The values that add_each wrote: `read_one(unpacker)` returns the next one.
  template <typename ReadOne>
  auto each(ReadOne read_one) {
    std::vector<decltype(read_one(*this))> values;
    for (auto left = number<std::uint64_t>(); left > 0; --left) {
      values.push_back(read_one(*this));
    }
    return values;
  }

 private:
  std::string_view take(std::uint64_t count) {
    if (count > left_.size()) {
      throw input_error("{} bytes should follow, but {} do", count, left_.size());
    }
    const auto taken = left_.substr(0, count);
    left_.remove_prefix(count);
    return taken;
  }

  std::string_view left_;
};

}  // namespace sightline::base
