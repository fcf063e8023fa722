// The Focus of small maps with edge cases: shared/reference/focus.json.

#include <cmath>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/random.hpp"
#include "focus/score.hpp"
#include "shared_folder.hpp"

namespace sightline::tests {
namespace {

/// A map that is not written out is a formula: 2u - 1 + shift.
std::vector<float> map_of(const nlohmann::json& entry) {
  std::vector<float> map;
  if (entry["map"].is_null()) {
    const base::NumberStream stream("focus." + entry["name"].get<std::string>(), 1);
    const auto size = entry["height"].get<std::uint64_t>() * entry["width"].get<std::uint64_t>();
    for (std::uint64_t i = 0; i < size; ++i) {
      map.push_back(static_cast<float>(2.0 * stream.uniform(i) - 1.0 + entry["shift"].get<double>()));
    }
    return map;
  }
  for (const auto& row : entry["map"]) {
    for (const auto& value : row) {
      map.push_back(value.is_null() ? NAN : value.get<float>());
    }
  }
  return map;
}

TEST(FocusScores, EqualTheReference) {
  SIGHTLINE_REQUIRE_SHARED(shared);
  const auto file = nlohmann::json::parse(base::read_text(shared / "reference/focus.json"));
  ASSERT_EQ(file["seed"], 1);
  ASSERT_GT(file["cases"].size(), 20U);
  for (const auto& entry : file["cases"]) {
    SCOPED_TRACE(entry["name"].get<std::string>());
    const auto tiles =
        focus::tile_relevance(map_of(entry), entry["height"], entry["width"], {2, 2}, focus::Borders::whole_cells);
    std::vector<bool> is_target;
    for (std::size_t tile = 0; tile < tiles.size(); ++tile) {
      EXPECT_DOUBLE_EQ(tiles[tile], entry["positive_per_quadrant"][tile].get<double>());
      is_target.push_back(entry["quadrant_classes"][tile] == entry["target_class"]);
    }
    const auto focus = focus::focus_score(tiles, is_target);
    EXPECT_EQ(std::isnan(focus), entry["undefined"].get<bool>());
    if (!std::isnan(focus)) {
      EXPECT_NEAR(focus, entry["focus"].get<double>(), 1e-12);
    }
  }
}

}  // namespace
}  // namespace sightline::tests
