#include "images/picture_name.hpp"

#include <algorithm>
#include <cctype>
#include <filesystem>
#include <set>

namespace sightline::images {

bool is_picture_name(const std::string& name) {
  static const std::set<std::string> endings = {".jpg", ".jpeg", ".png", ".bmp", ".webp", ".tif", ".tiff"};
  auto ending = std::filesystem::path(name).extension().string();
  std::transform(ending.begin(), ending.end(), ending.begin(), [](unsigned char c) { return std::tolower(c); });
  return endings.count(ending) != 0;
}

bool is_hidden(const std::string& name) {
  static const std::set<std::string> of_systems = {"__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information",
                                                   "lost+found"};
  return name.starts_with('.') || of_systems.count(name) != 0;
}

bool has_hidden_part(const std::string& path) {
  const std::filesystem::path parts(path);
  return std::any_of(parts.begin(), parts.end(),
                     [](const auto& part) { return part != ".." && is_hidden(part.string()); });
}

}  // namespace sightline::images
