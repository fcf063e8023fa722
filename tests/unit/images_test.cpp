// Decoding and resampling against Pillow (tests/fixtures/images/expected.json), lists, transforms.

#include <cmath>
#include <fstream>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/file.hpp"
#include "base/hash.hpp"
#include "images/decode.hpp"
#include "images/image_list.hpp"
#include "images/loader.hpp"
#include "images/transform.hpp"
#include "temporary_folder.hpp"

namespace sightline::images {
namespace {

namespace fs = std::filesystem;

const fs::path fixtures = fs::path(SIGHTLINE_TESTS_FOLDER) / "fixtures/images";

const nlohmann::json& expected() {
  static const auto json = nlohmann::json::parse(std::ifstream(fixtures / "expected.json"));
  return json;
}

std::string sha256(const Image& image) {
  return base::sha256_of_text({reinterpret_cast<const char*>(image.rgb.data()), image.rgb.size()});
}

Image noise(int width, int height) {
  Image image{width, height, std::vector<std::uint8_t>(std::size_t{3} * width * height)};
  for (std::size_t i = 0; i < image.rgb.size(); ++i) {
    image.rgb[i] = static_cast<std::uint8_t>((i * 2654435761U % 0x100000000U) >> 24U);
  }
  return image;
}

std::string refusal(const std::string& bytes) {
  try {
    decode({reinterpret_cast<const std::uint8_t*>(bytes.data()), bytes.size()}, "photo.jpg");
  } catch (const base::Error& error) {
    EXPECT_EQ(error.code(), base::ExitCode::input);
    return error.what();
  }
  return "decoded";
}

TEST(Decode, EqualsPillowForEveryKindOfPicture) {
  for (const auto& [name, digest] : expected()["decoded"].items()) {
    const auto image = decode_file(fixtures / name);
    EXPECT_EQ(image.width, 40) << name;
    EXPECT_EQ(image.height, 30) << name;
    EXPECT_EQ(sha256(image), digest.get<std::string>()) << name;
  }
}

TEST(Decode, RefusesBrokenPicturesWithOneSentence) {
  const auto jpeg = base::read_text(fixtures / "rgb.jpg");
  const auto png = base::read_text(fixtures / "rgb.png");
  EXPECT_EQ(refusal(""), "photo.jpg: the file is empty");
  EXPECT_NE(refusal("This is a text file.").find("not a picture in a known format"), std::string::npos);
  EXPECT_NE(refusal(jpeg.substr(0, jpeg.size() - 60)).find("truncated"), std::string::npos);
  EXPECT_NE(refusal(jpeg.substr(0, 20)).find("not a readable JPEG"), std::string::npos);
  EXPECT_NE(refusal(png.substr(0, png.size() / 2)).find("truncated"), std::string::npos);
  auto bomb = jpeg;
  const auto frame = bomb.find("\xFF\xC0");
  bomb.replace(frame + 5, 4, "\xFF\x00\xFF\x00", 4);
  EXPECT_NE(refusal(bomb).find("it claims 65280 x 65280 pixels"), std::string::npos);
  const std::string one_pixel_bmp(
      "BM\x3A\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\1\0\0\0\1\0\0\0\1\0\x18\0\0\0\0\0\4\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
      "\0\xFF\0\0\0",
      58);
  EXPECT_EQ(refusal(one_pixel_bmp), "photo.jpg: the picture is 1 x 1 pixels; at least 2 x 2 are needed");
}

TEST(Decode, SurvivesEveryTruncationAndFlippedBytes) {
  for (const char* name : {"rgb.jpg", "cmyk.jpg", "progressive.jpg", "palette.png"}) {
    const auto whole = base::read_text(fixtures / name);
    for (std::size_t size = 0; size < whole.size(); size += 7) {
      refusal(whole.substr(0, size));
      auto flipped = whole;
      flipped[size] = static_cast<char>(flipped[size] ^ 0x55);
      refusal(flipped);
    }
  }
}

TEST(Resize, EqualsPillowToTheBit) {
  for (const auto& entry : expected()["resized"]) {
    const auto image = noise(entry["from"][0], entry["from"][1]);
    const auto method = entry["method"] == "bilinear" ? Interpolation::bilinear : Interpolation::bicubic;
    EXPECT_EQ(sha256(resize(image, entry["to"][0], entry["to"][1], method)), entry["sha256"].get<std::string>())
        << entry;
  }
}

TEST(Transform, CropsTheCentreAndNormalisesInFloat32) {
  const auto image = apply({8, false, 1.0, Interpolation::bilinear}, noise(8, 13));
  EXPECT_EQ(image.width, 8);
  EXPECT_EQ(image.height, 8);
  // (13 - 8) / 2 = 2.5 is rounded to even, as Python does: rows 2 to 9
  EXPECT_EQ(image.rgb, crop(noise(8, 13), 0, 2, 8, 8).rgb);
  std::vector<float> values(image.rgb.size());
  normalise(image, {0.485, 0.456, 0.406}, {0.229, 0.224, 0.225}, values.data());
  EXPECT_EQ(values[1], (static_cast<float>(image.rgb[1]) / 255.0F - 0.456F) / 0.224F);
}

TEST(ImageList, TakesClassesFromFoldersOrFromTheClassList) {
  const tests::TemporaryFolder folder;
  fs::create_directories(folder / "n02/x");
  fs::create_directories(folder / "n01");
  for (const char* name : {"n02/x/b.jpg", "n01/a.PNG", "c.jpeg", "n01/notes.txt"}) {
    tests::write_file(folder / name, "");
  }
  const auto plain = list_images(folder.path(), std::nullopt);
  ASSERT_EQ(plain.entries.size(), 3U);
  EXPECT_EQ(plain.entries[0].path, "c.jpeg");
  EXPECT_EQ(plain.entries[0].label, -1);
  EXPECT_EQ(plain.entries[1].label, 0);
  EXPECT_EQ(plain.entries[2].path, "n02/x/b.jpg");
  EXPECT_EQ(plain.entries[2].label, 1);
  tests::write_file(folder / "classes.csv", "index,wnid,name\n7,n01,tench\n5,n02,\"crane, bird\"\n");
  const auto classes = ClassIndex::read(folder / "classes.csv");
  EXPECT_EQ(list_images(folder.path(), classes).entries[1].label, 7);
  tests::write_file(folder / "list.csv", "path,label\nc.jpeg,tench\nn01/a.PNG,3\n");
  const auto listed = list_images(folder / "list.csv", classes);
  EXPECT_EQ(listed.entries[0].label, 7);
  EXPECT_EQ(listed.entries[1].label, 3);
}

TEST(ImageList, SaysWhatIsMissing) {
  const tests::TemporaryFolder folder;
  EXPECT_THROW(list_images(folder / "nothing", std::nullopt), base::Error);
  EXPECT_THROW(list_images(folder.path(), std::nullopt), base::Error);
  tests::write_file(folder / "list.csv", "path,label\ngone.jpg,1\n");
  EXPECT_THROW(list_images(folder / "list.csv", std::nullopt), base::Error);
}

TEST(ImageList, KeepsTheNamesOfLinkedFolders) {
  const tests::TemporaryFolder folder;
  fs::create_directories(folder / "elsewhere/whatever");
  fs::create_directories(folder / "subset");
  tests::write_file(folder / "elsewhere/whatever/a.jpg", "");
  fs::create_directory_symlink(folder / "elsewhere/whatever", folder / "subset/n01440764");
  EXPECT_EQ(list_images(folder / "subset", std::nullopt).entries[0].path, "n01440764/a.jpg");
}

TEST(ImageList, RefusesDoublesAndOtherEncodings) {
  const tests::TemporaryFolder folder;
  tests::write_file(folder / "a.jpg", "");
  tests::write_file(folder / "list.csv", "path\na.jpg\na.jpg\n");
  EXPECT_THROW(list_images(folder / "list.csv", std::nullopt), base::Error);
  tests::write_file(folder / "caf\xE9.jpg", "");
  EXPECT_THROW(list_images(folder.path(), std::nullopt), base::Error);
}

TEST(ImageList, ShufflesByTheSeedAlone) {
  ImageList list;
  for (int i = 0; i < 50; ++i) {
    list.entries.push_back({std::to_string(i), i});
  }
  auto again = list;
  select_images(list, 3, 20);
  select_images(again, 3, 0);
  ASSERT_EQ(list.entries.size(), 20U);
  bool moved = false;
  for (std::size_t i = 0; i < 20; ++i) {
    EXPECT_EQ(list.entries[i].path, again.entries[i].path);
    moved = moved || list.entries[i].label != static_cast<int>(i);
  }
  EXPECT_TRUE(moved);
}

TEST(Loader, ReportsBrokenPicturesAndGoesOn) {
  const tests::TemporaryFolder folder;
  fs::copy(fixtures / "rgb.jpg", folder / "a.jpg");
  tests::write_file(folder / "b.jpg", "no picture");
  const auto list = list_images(folder.path(), std::nullopt);
  const std::vector<Recipe> recipes = {{16, true, 1.0, Interpolation::bilinear},
                                       {8, false, 0.875, Interpolation::bicubic}};
  const auto chunk = load_async(list, 0, 2, recipes).get();
  EXPECT_TRUE(chunk.errors[0].empty());
  EXPECT_NE(chunk.errors[1].find("b.jpg"), std::string::npos);
  EXPECT_EQ(chunk.by_recipe[0][0].width, 16);
  EXPECT_EQ(chunk.by_recipe[1][1].width, 8);
}

}  // namespace
}  // namespace sightline::images
