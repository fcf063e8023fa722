#include "images/tar_writer.hpp"

#include <algorithm>
#include <array>
#include <numeric>
#include <string_view>

#include <fmt/format.h>

#include "images/tar_header.hpp"

namespace sightline::images {
namespace {

/// The longest name, and the largest number of octal digits of a size, in a ustar header.
constexpr std::size_t longest_name = 100;
constexpr std::uint64_t largest_size = 077777777777;

/// A pax record, whose length counts its own digits.
std::string pax_record(const std::string& key, const std::string& value) {
  const auto rest = fmt::format(" {}={}\n", key, value);
  auto length = rest.size() + 1;
  while (length < rest.size() + std::to_string(length).size()) {
    ++length;
  }
  return std::to_string(length) + rest;
}

std::span<const std::uint8_t> bytes_of(const std::string& text) {
  return {reinterpret_cast<const std::uint8_t*>(text.data()), text.size()};
}

}  // namespace

void TarWriter::add(const std::string& name, std::span<const std::uint8_t> bytes) {
  std::string records;
  if (name.size() > longest_name) {
    records += pax_record("path", name);
  }
  if (bytes.size() > largest_size) {
    records += pax_record("size", std::to_string(bytes.size()));
  }
  if (!records.empty()) {
    add_member("pax", 'x', bytes_of(records));
  }
  add_member(name.substr(0, longest_name), '0', bytes);
}

void TarWriter::finish() {
  file_.write(std::array<std::byte, 2 * tar_block>{});
  file_.finish();
}

void TarWriter::add_member(const std::string& name, char type, std::span<const std::uint8_t> data) {
  std::array<std::uint8_t, tar_block> header{};
  const auto put = [&](std::size_t offset, std::string_view text) {
    std::copy(text.begin(), text.end(), header.begin() + static_cast<std::ptrdiff_t>(offset));
  };
  put(0, name);
  put(100, "0000644");
  put(108, "0000000");
  put(116, "0000000");
  put(124, fmt::format("{:011o}", std::min<std::uint64_t>(data.size(), largest_size)));
  put(136, "00000000000");
  put(148, "        ");
  put(156, std::string_view(&type, 1));
  put(257, "ustar");
  put(263, "00");
  put(148, fmt::format("{:06o}", std::accumulate(header.begin(), header.end(), 0)));
  header[154] = 0;
  static constexpr std::array<std::byte, tar_block> zeros{};
  file_.write(std::as_bytes(std::span(header)));
  file_.write(std::as_bytes(data));
  file_.write(std::span(zeros).first((tar_block - data.size() % tar_block) % tar_block));
}

}  // namespace sightline::images
