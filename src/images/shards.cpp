#include "images/shards.hpp"

#include <algorithm>
#include <filesystem>
#include <unordered_map>

#include "base/error.hpp"
#include "images/picture_name.hpp"

namespace sightline::images {
namespace {

/// Where the ending of a file's name begins: at its last dot, or behind a name without one.
std::size_t ending_at(const std::string& path) {
  const auto dot = path.rfind('.');
  const auto slash = path.rfind('/');
  return dot == std::string::npos || (slash != std::string::npos && dot < slash) ? path.size() : dot;
}

/// The path without "/", "./" and "../" at its beginning, and without detours.
std::string path_in_archive(const std::string& path) {
  std::filesystem::path made;
  for (const auto& part : std::filesystem::path(path).lexically_normal().relative_path()) {
    if (part != "..") {
      made /= part;
    }
  }
  if (!is_picture_name(path) || has_hidden_part(made.string())) {
    throw base::input_error(
        "images: '{}' would not be found in an archive: pictures there have an ending such as .jpg or .png, and no "
        "part of "
        "their path begins with a dot",
        path);
  }
  return made.string();
}

}  // namespace

std::vector<Shard> divide(const std::vector<std::uint64_t>& sizes, double scale, std::int64_t most) {
  std::vector<Shard> shards;
  double bytes = 0.0;
  for (std::size_t i = 0; i < sizes.size(); ++i) {
    const auto size = static_cast<double>(sizes[i]) * scale;
    if (shards.empty() || bytes + size > static_cast<double>(most)) {
      shards.push_back({i, 0});
      bytes = 0.0;
    }
    bytes += size;
    ++shards.back().count;
  }
  return shards;
}

std::vector<std::string> packed_names(const ImageList& list, bool as_jpeg) {
  std::vector<std::string> names;
  std::unordered_map<std::string, std::size_t> by_key;
  for (std::size_t i = 0; i < list.entries.size(); ++i) {
    auto name = path_in_archive(list.entries[i].path);
    const auto slash = name.rfind('/');
    const auto file = name.begin() + static_cast<std::ptrdiff_t>(slash == std::string::npos ? 0 : slash + 1);
    const auto dot = ending_at(name);
    std::replace(file, name.begin() + static_cast<std::ptrdiff_t>(dot), '.', '_');
    if (const auto [other, added] = by_key.emplace(name.substr(0, dot), i); !added) {
      throw base::input_error("images: '{}' and '{}' would both be '{}' in the archives; rename one of them",
                              list.entries[other->second].path, list.entries[i].path, name.substr(0, dot));
    }
    names.push_back(as_jpeg ? with_ending(name, ".jpg") : name);
  }
  return names;
}

std::string with_ending(const std::string& name, const std::string& ending) {
  return name.substr(0, ending_at(name)) + ending;
}

}  // namespace sightline::images
