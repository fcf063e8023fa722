#pragma once

#include <filesystem>

#include "base/hash.hpp"
#include "images/formats/image.hpp"
#include "read_json.hpp"

namespace sightline::tests {

/// The folder of small pictures of every kind, and of what Pillow makes of them.
inline const std::filesystem::path picture_fixtures = std::filesystem::path(SIGHTLINE_TESTS_FOLDER) / "fixtures/images";

/// expected.json: digests of the pixels that Pillow decodes and resamples.
inline const nlohmann::json& pillow_results() {
  static const auto& json = read_json(picture_fixtures / "expected.json");
  return json;
}

/// SHA-256 of an image's pixels, rgb row by row.
inline std::string sha256(const images::Image& image) {
  return base::sha256_of_text({reinterpret_cast<const char*>(image.rgb.data()), image.rgb.size()});
}

}  // namespace sightline::tests
