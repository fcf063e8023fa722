#include <cmath>
#include <map>
#include <set>

#include <ATen/TensorOperators.h>
#include <ATen/ops/arange.h>
#include <ATen/ops/zeros.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/random.hpp"
#include "focus/bias.hpp"
#include "focus/mosaic.hpp"
#include "focus/score.hpp"
#include "statistics/rank_tests.hpp"

namespace sightline::focus {
namespace {

/// `sizes[c]` images of class c.
images::ImageList list_of(const std::vector<int>& sizes) {
  images::ImageList list{"photos", {}};
  for (int label = 0; label < static_cast<int>(sizes.size()); ++label) {
    for (int i = 0; i < sizes[static_cast<std::size_t>(label)]; ++i) {
      list.entries.push_back({fmt::format("{}/{}.jpg", label, i), label});
    }
  }
  return list;
}

TEST(Mosaics, HaveTheirTargetsAndNoImageTwice) {
  const auto set = draw_mosaics(list_of({7, 5, 9}), {.per_class = 20});
  ASSERT_EQ(set.mosaics.size(), 60U);
  std::set<std::string> names;
  for (const auto& mosaic : set.mosaics) {
    EXPECT_EQ(std::count(mosaic.classes.begin(), mosaic.classes.end(), mosaic.target), 2);
    EXPECT_EQ(std::set(mosaic.paths.begin(), mosaic.paths.end()).size(), 4U);
    std::set<int> others(mosaic.classes.begin(), mosaic.classes.end());
    EXPECT_EQ(others.size(), 3U) << "both of the two other classes";
    names.insert(mosaic.name);
  }
  EXPECT_EQ(names.size(), 60U);
}

TEST(Mosaics, CanBePatchesOfTwoPictures) {
  MosaicSettings settings{.rows = 8, .columns = 8, .targets = 32, .per_class = 5};
  settings.layout = Layout::patches;
  const auto set = draw_mosaics(list_of({3, 2}), settings);
  EXPECT_EQ(set.image_rows(), 1);
  std::set<std::string> arrangements;
  for (const auto& mosaic : set.mosaics) {
    EXPECT_EQ(std::count(mosaic.classes.begin(), mosaic.classes.end(), mosaic.target), 32);
    EXPECT_EQ(std::set(mosaic.paths.begin(), mosaic.paths.end()).size(), 2U);
    arrangements.insert(mosaic.arrangement());
  }
  EXPECT_EQ(arrangements.size(), 10U);
  const auto again = parse_mosaics(mosaics_csv(set), "again", set.root);
  EXPECT_EQ(again.layout, Layout::patches);
  EXPECT_EQ(mosaics_csv(again), mosaics_csv(set));
  settings.all_arrangements = true;
  EXPECT_THROW(draw_mosaics(list_of({3, 2}), settings), base::Error);
}

TEST(Mosaics, UseTheImagesOfAClassEquallyOften) {
  const auto set = draw_mosaics(list_of({7, 5}), {.per_class = 35});
  std::map<std::string, int> uses;
  for (const auto& mosaic : set.mosaics) {
    for (const auto& path : mosaic.paths) {
      ++uses[path];
    }
  }
  for (const auto& [path, count] : uses) {
    const auto size = path[0] == '0' ? 7 : 5;
    EXPECT_NEAR(count, 140.0 / size, 1.0) << path;
  }
}

TEST(Mosaics, PutTargetsEverywhere) {
  const auto set = draw_mosaics(list_of({50, 50}), {.per_class = 300});
  std::map<std::string, int> arrangements;
  for (const auto& mosaic : set.mosaics) {
    ++arrangements[mosaic.arrangement()];
  }
  ASSERT_EQ(arrangements.size(), 6U);
  for (const auto& [arrangement, count] : arrangements) {
    EXPECT_NEAR(count, 100, 35) << arrangement;
  }
}

TEST(Mosaics, EveryArrangementOfADrawHasTheSameImages) {
  const auto set = draw_mosaics(list_of({4, 4}), {.per_class = 1, .all_arrangements = true});
  ASSERT_EQ(set.mosaics.size(), 12U);
  const std::multiset<std::string> first(set.mosaics[0].paths.begin(), set.mosaics[0].paths.end());
  for (std::size_t i = 1; i < 6; ++i) {
    EXPECT_EQ(std::multiset<std::string>(set.mosaics[i].paths.begin(), set.mosaics[i].paths.end()), first);
  }
  EXPECT_EQ(group_by_draw(set), (std::vector<std::vector<std::size_t>>{{0, 1, 2, 3, 4, 5}, {6, 7, 8, 9, 10, 11}}));
}

TEST(Mosaics, OneTargetWhereAClassHasASinglePhoto) {
  const auto set = draw_mosaics(list_of({1, 1, 1, 1, 1}), {.targets = 1, .per_class = 1});
  EXPECT_EQ(set.mosaics.size(), 5U);
}

TEST(Mosaics, AClassWithTooFewImagesIsRefusedOrSkipped) {
  EXPECT_THROW(draw_mosaics(list_of({1, 5, 5}), {}), base::Error);
  const auto set = draw_mosaics(list_of({1, 5, 5}), {.per_class = 2, .skip_small = true});
  EXPECT_EQ(set.mosaics.size(), 4U);
  EXPECT_EQ(set.left_out.size(), 1U);
  EXPECT_THROW(draw_mosaics(list_of({5}), {}), base::Error);
  EXPECT_THROW(draw_mosaics(list_of({5, 5}), {.targets = 4}), base::Error);
  auto unlabelled = list_of({5, 1});
  unlabelled.entries.insert(unlabelled.entries.end(), 3, {"x.jpg", -1});
  EXPECT_THROW(draw_mosaics(unlabelled, {}), base::Error) << "one image beside class 0, whatever else lies there";
}

TEST(Mosaics, ComeBackFromTheirTable) {
  const auto set = draw_mosaics(list_of({3, 3}), {.rows = 1, .columns = 3, .targets = 1, .per_class = 4});
  const auto text = mosaics_csv(set);
  const auto back = parse_mosaics(text, "mosaics.csv", set.root);
  EXPECT_EQ(mosaics_csv(back), text);
  EXPECT_EQ(back.columns, 3);
  EXPECT_THROW(parse_mosaics("path,label\na,1\n", "x.csv", "."), base::Error);
  EXPECT_THROW(parse_mosaics(text + "0-0000,0,1,3,a,0,b,1,c,1\n", "x.csv", "."), base::Error) << "a name twice";
  EXPECT_THROW(parse_mosaics(text + "new,0,3,1,a,0,b,1,c,1\n", "x.csv", "."), base::Error) << "another shape";
  EXPECT_THROW(parse_mosaics(text + "new,2,1,3,a,0,b,1,c,1\n", "x.csv", "."), base::Error) << "no target";
  EXPECT_THROW(parse_mosaics(text + "new,1,1,3,a,1,b,1,c,1\n", "x.csv", "."), base::Error) << "targets alone";
}

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

TEST(Bias, OffendingFeaturesAreThoseUnderTheWrongRelevance) {
  MosaicSet set{"photos", 2, 1, {}, {}};
  set.mosaics = {{"pair", 1, {"a.jpg", "b.jpg"}, {1, 0}}};
  // two channels on 4 x 2 cells; the lower two rows are the other picture
  const auto features = at::arange(16, at::kFloat).reshape({1, 2, 4, 2});
  auto relevance = at::zeros({1, 8, 4});
  relevance[0].slice(0, 0, 4).fill_(100.0);                // on the target: does not count
  relevance[0].slice(0, 4, 6).slice(1, 0, 2).fill_(3.0);   // cell (2, 0)
  relevance[0].slice(0, 6, 8).slice(1, 2, 4).fill_(1.0);   // cell (3, 1)
  relevance[0].slice(0, 6, 8).slice(1, 0, 2).fill_(-5.0);  // speaks against
  const auto seen = offending_features(features, relevance, set, 0);
  EXPECT_NEAR(seen[0][0].item<double>(), (3.0 * 4.0 + 7.0) / 4.0, 1e-6);
  EXPECT_NEAR(seen[0][1].item<double>(), (3.0 * 12.0 + 15.0) / 4.0, 1e-6);
  EXPECT_EQ(offending_features(features, -relevance.abs(), set, 0).abs().sum().item<double>(), 0.0);
}

TEST(RankTests, AreScipys) {
  const std::vector<std::vector<double>> blocks = {{0.6, 0.3, 0.0, 0.0}, {0.8, 0.9, 0.6, 0.7}, {0.5, 0.9, 0.8, 0.0},
                                                   {0.9, 0.0, 0.7, 0.2}, {0.9, 0.5, 0.3, 0.4}, {0.0, 0.1, 0.7, 0.6}};
  const auto test = statistics::friedman(blocks);
  EXPECT_NEAR(test.statistic, 2.7966101694915255, 1e-12);
  EXPECT_NEAR(test.p, 0.4240582475652117, 1e-12);
  EXPECT_NEAR(statistics::nemenyi(1.5, 4, 6), 0.18328657955037886, 1e-9);
  EXPECT_NEAR(statistics::nemenyi(-0.9, 5, 20), 0.3734806214642936, 1e-9);
  EXPECT_NEAR(statistics::kendall({1, 2, 3, 4, 5, 5}, {2, 1, 3, 3, 5, 4}), 0.7857142857142858, 1e-12);
}

TEST(RankTests, TellNothingFromNothing) {
  EXPECT_TRUE(std::isnan(statistics::friedman({{1.0, 1.0}, {2.0, 2.0}}).p));
  EXPECT_TRUE(std::isnan(statistics::friedman({{1.0, 2.0}}).p));
}

}  // namespace
}  // namespace sightline::focus
