// Tile relevance by hand, and the Focus score against Quantus (tests/fixtures/focus.json).

#include "focus/score.hpp"

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/file.hpp"
#include "base/random.hpp"

namespace sightline::focus {
namespace {

TEST(TileRelevance, CountsOnlyWhatIsPositive) {
  const std::vector<float> map = {1.0F, -2.0F, NAN, 4.0F};
  const auto tiles = tile_relevance(map, 2, 2, {2, 2}, Borders::whole_cells);
  EXPECT_EQ(tiles, (std::vector<double>{1.0, 0.0, 0.0, 4.0}));
  EXPECT_EQ(focus_score(tiles, {true, true, false, false}), 0.2);
  EXPECT_TRUE(std::isnan(focus_score(std::vector<double>{0.0, 0.0}, {true, false})));
}

TEST(TileRelevance, CellsAcrossABorderGoByAreaOrToOneSide) {
  const std::vector<float> map(9, 1.0F);
  EXPECT_EQ(tile_relevance(map, 3, 3, {2, 2}, Borders::by_area), std::vector<double>(4, 2.25));
  EXPECT_EQ(tile_relevance(map, 3, 3, {2, 2}, Borders::whole_cells), (std::vector<double>{1.0, 2.0, 2.0, 4.0}));
}

TEST(TileRelevance, OfSuperpixelsIsThatOfTheirPixels) {
  const std::vector<std::int64_t> labels = {0, 0, 1, 1, 0, 0, 2, 2};
  const auto tiles = tile_relevance(std::vector<float>{0.5F, 2.0F, -1.0F}, labels, 2, 4, {1, 2});
  EXPECT_EQ(tiles, (std::vector<double>{2.0, 4.0}));
}

TEST(Focus, IsThatOfQuantus) {
  const auto file = nlohmann::json::parse(base::read_text(SIGHTLINE_TESTS_FOLDER "/fixtures/focus.json"));
  ASSERT_GT(file["cases"].size(), 50U);
  for (const auto& entry : file["cases"]) {
    const auto name = entry["name"].get<std::string>();
    const base::NumberStream stream(name, 1);
    std::vector<float> map;
    const auto size = entry["height"].get<std::uint64_t>() * entry["width"].get<std::uint64_t>();
    for (std::uint64_t i = 0; i < size; ++i) {
      map.push_back(static_cast<float>(2.0 * stream.uniform(i) - 1.0 + entry["shift"].get<double>()));
    }
    std::vector<bool> is_target;
    for (const auto& tile : entry["target_tiles"]) {
      is_target.push_back(tile == 1);
    }
    const auto tiles = tile_relevance(map, entry["height"], entry["width"], {2, 2}, Borders::whole_cells);
    EXPECT_NEAR(focus_score(tiles, is_target), entry["focus"].get<double>(), 1e-6) << name;
  }
}

}  // namespace
}  // namespace sightline::focus
