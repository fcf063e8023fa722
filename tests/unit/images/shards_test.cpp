#include "images/shards.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace sightline::images {
namespace {

TEST(Shards, HoldAsManyImagesAsFit) {
  using Shards = std::vector<Shard>;
  EXPECT_EQ(divide({4, 4, 4, 9, 30, 1}, 1.0, 10), (Shards{{0, 2}, {2, 1}, {3, 1}, {4, 1}, {5, 1}}));
  EXPECT_EQ(divide({4, 4, 4, 9, 30, 1}, 0.5, 10), (Shards{{0, 3}, {3, 1}, {4, 1}, {5, 1}})) << "15 + 0.5 > 10";
  EXPECT_TRUE(divide({}, 1.0, 10).empty());
}

ImageList list_of(const std::vector<std::string>& paths) {
  ImageList list;
  for (const auto& path : paths) {
    list.entries.push_back({path, -1});
  }
  return list;
}

TEST(Shards, NamesHaveOneDot) {
  const auto list = list_of({"a.b/cat.0.jpg", "a.b/cat.1.PNG", "../../data/./x.jpg", "/y/z.jpg"});
  EXPECT_EQ(packed_names(list, false),
            (std::vector<std::string>{"a.b/cat_0.jpg", "a.b/cat_1.PNG", "data/x.jpg", "y/z.jpg"}));
  EXPECT_EQ(packed_names(list_of({"a.b/c.0.png"}), true), (std::vector<std::string>{"a.b/c_0.jpg"}));
  EXPECT_EQ(with_ending("a.b/cat_0.jpg", ".cls"), "a.b/cat_0.cls");
  EXPECT_EQ(with_ending("a.b/c", ".cls"), "a.b/c.cls");
  EXPECT_THROW(packed_names(list_of({"a.0.jpg", "a_0.jpg"}), false), base::Error);
  for (const auto& wrong : {list_of({"a.png", "a.jpg"}), list_of({"./a.jpg", "a.jpg"}), list_of({"../a.jpg", "a.jpg"}),
                            list_of({"a.jfif"}), list_of({"a"}), list_of({".cache/a.jpg"})}) {
    EXPECT_THROW(packed_names(wrong, false), base::Error) << wrong.entries[0].path;
  }
}

}  // namespace
}  // namespace sightline::images
