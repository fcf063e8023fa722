#include "tar_archive.hpp"

#include <numeric>

#include <fmt/format.h>

namespace sightline::tests {

TarArchive& TarArchive::add(const std::string& name, const std::string& data, char type, const std::string& link,
                            std::int64_t size) {
  std::string header(512, '\0');
  header.replace(0, name.size(), name);
  header.replace(100, 8, std::string("0000644\0", 8));
  if (size != no_size) {
    header.replace(124, 12, fmt::format("{:011o} ", size < 0 ? static_cast<std::int64_t>(data.size()) : size));
  }
  header.replace(148, 8, "        ");
  header[156] = type;
  header.replace(157, link.size(), link);
  header.replace(257, 8, std::string("ustar\00000", 8));
  const auto sum = std::accumulate(header.begin(), header.end(), 0,
                                   [](int all, char byte) { return all + static_cast<unsigned char>(byte); });
  header.replace(148, 8, fmt::format("{:06o}", sum) + std::string("\0 ", 2));
  bytes_ += header + data + std::string((512 - data.size() % 512) % 512, '\0');
  return *this;
}

TarArchive& TarArchive::add_pax(const std::string& key, const std::string& value) {
  const auto record = fmt::format(" {}={}\n", key, value);
  auto length = record.size() + 1;
  while (length != std::to_string(length).size() + record.size()) {
    ++length;
  }
  return add("PaxHeader", std::to_string(length) + record, 'x');
}

}  // namespace sightline::tests
