#include "focus/mosaic.hpp"

#include <map>
#include <set>

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace sightline::focus {
namespace {

/// `sizes[c]` images of class c.
images::ImageList list_of(const std::vector<int>& sizes) {
  images::ImageList list{std::filesystem::path("photos"), {}};
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
  const auto again = parse_mosaics(mosaics_csv(set), "again", set.source);
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
  const auto back = parse_mosaics(text, "mosaics.csv", set.source);
  EXPECT_EQ(mosaics_csv(back), text);
  EXPECT_EQ(back.columns, 3);
  const images::PictureSource folder(std::filesystem::path("."));
  EXPECT_THROW(parse_mosaics("path,label\na,1\n", "x.csv", folder), base::Error);
  EXPECT_THROW(parse_mosaics(text + "0-0000,0,1,3,a,0,b,1,c,1\n", "x.csv", folder), base::Error) << "a name twice";
  for (const std::string name : {"../../escaped", "/tmp/escaped", "a/b", "..", ".hidden", ""}) {
    EXPECT_THROW(parse_mosaics(text + name + ",0,1,3,a,0,b,1,c,1\n", "x.csv", folder), base::Error) << name;
  }
  EXPECT_THROW(parse_mosaics(text + "new,0,3,1,a,0,b,1,c,1\n", "x.csv", folder), base::Error) << "another shape";
  EXPECT_THROW(parse_mosaics(text + "new,2,1,3,a,0,b,1,c,1\n", "x.csv", folder), base::Error) << "no target";
  EXPECT_THROW(parse_mosaics(text + "new,1,1,3,a,1,b,1,c,1\n", "x.csv", folder), base::Error) << "targets alone";
}

}  // namespace
}  // namespace sightline::focus
