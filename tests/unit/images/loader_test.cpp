#include "images/loader.hpp"

#include <gtest/gtest.h>

#include "pillow_fixtures.hpp"
#include "temporary_folder.hpp"

namespace sightline::images {
namespace {

namespace fs = std::filesystem;

TEST(Loader, ReportsBrokenPicturesAndGoesOn) {
  const tests::TemporaryFolder folder;
  fs::copy(tests::picture_fixtures / "rgb.jpg", folder / "a.jpg");
  tests::write_file(folder / "b.jpg", "no picture");
  const auto list = list_images(folder.path(), std::nullopt);
  const std::vector<Recipe> recipes = {{16, true, 1.0, Interpolation::bilinear},
                                       {8, false, 0.875, Interpolation::bicubic}};
  for (const std::size_t threads : {1, 2, 5}) {
    const auto chunk = load_async(list, 0, 2, recipes, threads).get();
    EXPECT_TRUE(chunk.errors[0].empty());
    EXPECT_NE(chunk.errors[1].find("b.jpg"), std::string::npos);
    EXPECT_EQ(chunk.by_recipe[0][0].width, 16);
    EXPECT_EQ(chunk.by_recipe[1][1].width, 8);
  }
}

}  // namespace
}  // namespace sightline::images
