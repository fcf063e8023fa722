#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sightline::store {

/// Finds the rows of images by their paths. Of a million images whose order is known it makes no table.
class PathRows {
 public:
  /// `paths`: of the rows, without duplicates; they must outlive this object and not change.
  explicit PathRows(const std::vector<std::string>& paths) : paths_(paths) {}

  /// The row of a path; nothing if there is none. `likely`: a row that is looked at first.
  std::optional<std::uint64_t> find(const std::string& path, std::uint64_t likely);

 private:
  const std::vector<std::string>& paths_;
  std::unordered_map<std::string_view, std::uint64_t> rows_;  ///< filled when a path is not where it is likely to be
};

}  // namespace sightline::store
