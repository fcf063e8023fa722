#include "stages/explain/verified_blocks.hpp"

#include <algorithm>
#include <utility>

#include <nlohmann/json.hpp>

#include "base/hash.hpp"

namespace sightline::stages {

std::filesystem::path VerifiedBlocks::file_of(const std::filesystem::path& store) {
  return std::filesystem::path(store).replace_extension(".verified.json");
}

std::vector<std::uint32_t> VerifiedBlocks::checksums(std::span<const std::uint32_t> status) {
  std::vector<std::uint32_t> checksums;
  for (std::size_t first = 0; first < status.size(); first += rows) {
    checksums.push_back(base::crc32c(std::as_bytes(status.subspan(first, std::min(rows, status.size() - first)))));
  }
  return checksums;
}

VerifiedBlocks VerifiedBlocks::from_text(const std::string& text) {
  VerifiedBlocks verified;
  try {
    verified.blocks_ = nlohmann::json::parse(text).get<decltype(verified.blocks_)>();
  } catch (const nlohmann::json::exception&) {
    verified.blocks_.clear();
  }
  return verified;
}

std::string VerifiedBlocks::to_text() const {
  return nlohmann::json(blocks_).dump();
}

std::vector<bool> VerifiedBlocks::unchanged(const std::string& record, std::span<const std::uint32_t> status) const {
  std::vector<bool> same((status.size() + rows - 1) / rows, false);
  if (const auto found = blocks_.find(record); found != blocks_.end()) {
    const auto now = checksums(status);
    for (std::size_t block = 0; block < std::min(now.size(), found->second.size()); ++block) {
      same[block] = now[block] == found->second[block] && now[block] != unknown;
    }
  }
  return same;
}

void VerifiedBlocks::set(const std::string& record, std::vector<std::uint32_t> checksums) {
  blocks_[record] = std::move(checksums);
}

}  // namespace sightline::stages
