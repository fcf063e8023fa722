#include "store/path_rows.hpp"

namespace sightline::store {

std::optional<std::uint64_t> PathRows::find(const std::string& path, std::uint64_t likely) {
  if (likely < paths_.size() && paths_[likely] == path) {
    return likely;
  }
  if (rows_.empty()) {
    rows_.reserve(paths_.size());
    for (const auto& known : paths_) {
      rows_.emplace(known, rows_.size());
    }
  }
  const auto found = rows_.find(path);
  return found == rows_.end() ? std::nullopt : std::optional(found->second);
}

}  // namespace sightline::store
