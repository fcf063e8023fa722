// Decoding against Pillow (tests/fixtures/images/expected.json), and what broken pictures say.

#include "images/decode.hpp"

#include <set>

#include <gtest/gtest.h>
#include <nlohmann/json.hpp>

#include "base/error.hpp"
#include "base/file.hpp"
#include "pillow_fixtures.hpp"

namespace sightline::images {
namespace {

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
  for (const auto& [name, digest] : tests::pillow_results()["decoded"].items()) {
    const auto image = decode(base::read_bytes(tests::picture_fixtures / name), name);
    EXPECT_EQ(image.width, 40) << name;
    EXPECT_EQ(image.height, 30) << name;
    EXPECT_EQ(tests::sha256(image), digest.get<std::string>()) << name;
  }
}

TEST(Decode, EqualsPillowForEveryFormatAndItsKinds) {
  const auto folder = std::filesystem::path(SIGHTLINE_TESTS_FOLDER) / "fixtures/formats";
  const auto expected = tests::read_json(folder / "expected.json")["decoded"];
  EXPECT_GT(expected.size(), 50U);
  for (const auto& [name, picture] : expected.items()) {
    const auto image = decode(base::read_bytes(folder / name), name);
    EXPECT_EQ(image.width, picture["size"][0].get<int>()) << name;
    EXPECT_EQ(image.height, picture["size"][1].get<int>()) << name;
    EXPECT_EQ(tests::sha256(image), picture["sha256"].get<std::string>()) << name;
  }
}

TEST(Decode, ShrinksAsPillowsDraft) {
  std::set<int> widths;
  for (const auto& draft : tests::pillow_results()["drafts"]) {
    const auto name = draft["picture"].get<std::string>();
    const auto image = decode(base::read_bytes(tests::picture_fixtures / name), name, draft["least_side"].get<int>());
    widths.insert(image.width);
    EXPECT_EQ(image.width, draft["size"][0].get<int>()) << draft;
    EXPECT_EQ(image.height, draft["size"][1].get<int>()) << draft;
    EXPECT_EQ(tests::sha256(image), draft["sha256"].get<std::string>()) << draft;
  }
  EXPECT_EQ(widths, (std::set<int>{5, 10, 20, 40})) << "every factor";
}

TEST(Decode, RefusesBrokenPicturesWithOneSentence) {
  const auto jpeg = base::read_text(tests::picture_fixtures / "rgb.jpg");
  const auto png = base::read_text(tests::picture_fixtures / "rgb.png");
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

TEST(Decode, RefusesMorePixelsThanPillowInEveryFormat) {
  const auto claims = [](std::string bytes, const std::string& size) {
    const auto said = refusal(bytes);
    EXPECT_NE(said.find("it claims " + size + " pixels; at most 178956970 are decoded"), std::string::npos) << said;
  };
  using namespace std::string_literals;
  // 20000 x 9600 pixels, in big-endian 4E20 x 2580. Behind the headers nothing more is needed: nothing is decoded.
  const auto png = "\x89PNG\r\n\x1A\n\0\0\0\rIHDR\0\0\x4E\x20\0\0\x25\x80\x08\x02\0\0\0...."s;
  claims(png + "\0\0\0\0IEND\xAE\x42\x60\x82"s, "20000 x 9600");
  claims("BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x20\x4E\0\0\x80\x25\0\0"s, "20000 x 9600");
  claims("BM\0\0\0\0\0\0\0\0\x36\0\0\0\x28\0\0\0\x20\x4E\0\0\x80\xDA\xFF\xFF"s, "20000 x 9600");  // top-down
  claims("BM\0\0\0\0\0\0\0\0\x1A\0\0\0\x0C\0\0\0\x20\x4E\x80\x25"s, "20000 x 9600");              // OS/2
  claims("RIFF\0\0\0\0WEBPVP8X\x0A\0\0\0\0\0\0\0\x1F\x4E\0\x7F\x25\0"s, "20000 x 9600");
  claims("RIFF\0\0\0\0WEBPVP8 \0\0\0\0\0\0\0\x9D\x01\x2A\xFF\x3F\xFF\x3F"s, "16383 x 16383");
  claims("RIFF\0\0\0\0WEBPVP8L\0\0\0\0\x2F\xFF\xFF\xFF\x0F"s, "16384 x 16384");
  const auto little = "II*\0\x08\0\0\0\x02\0"s;
  claims(little + "\0\x01\x03\0\x01\0\0\0\x20\x4E\0\0\x01\x01\x04\0\x01\0\0\0\x80\x25\0\0"s, "20000 x 9600");
  claims(little + "\x42\x01\x03\0\x01\0\0\0\x20\x4E\0\0\x43\x01\x03\0\x01\0\0\0\x80\x25\0\0"s, "20000 x 9600");
  claims("MM\0*\0\0\0\x08\0\x02\x01\0\0\x03\0\0\0\x01\x4E\x20\0\0\x01\x01\0\x03\0\0\0\x01\x25\x80\0\0"s,
         "20000 x 9600");
  claims(
      "II+\0\x08\0\0\0\x10\0\0\0\0\0\0\0\x02\0\0\0\0\0\0\0"
      "\0\x01\x10\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0\x01\x01\x10\0\x01\0\0\0\0\0\0\0\0\0\0\0\x01\0\0\0"s,
      "4294967296 x 4294967296");
}

TEST(Decode, RefusesFormatsWhoseSizeItCannotCheck) {
  EXPECT_NE(refusal("P6\n20000 9600\n255\n").find("not a picture in a known format"), std::string::npos);
  EXPECT_NE(refusal("BM").find("its header is cut off"), std::string::npos);
  EXPECT_NE(refusal("RIFF").find("not a picture in a known format"), std::string::npos);
}

TEST(Decode, RefusesADamagedPictureThatIsADicomFileAsWell) {
  const auto damaged = std::filesystem::path(SIGHTLINE_TESTS_FOLDER) / "fuzz/seeds/picture/webp_with_mark_of_dicom";
  EXPECT_NE(refusal(base::read_text(damaged)).find("not a readable WebP file"), std::string::npos);
}

TEST(Decode, SurvivesEveryTruncationAndFlippedBytes) {
  const auto formats = tests::picture_fixtures.parent_path() / "formats";
  for (const auto& file : {tests::picture_fixtures / "rgb.jpg", tests::picture_fixtures / "cmyk.jpg",
                           tests::picture_fixtures / "progressive.jpg", tests::picture_fixtures / "palette.png",
                           formats / "animated.webp", formats / "lossless.webp", formats / "rle8.bmp",
                           formats / "rle4.bmp", formats / "tiff_lzw.tif", formats / "planes_of_tiles.tif"}) {
    const auto whole = base::read_text(file);
    for (std::size_t size = 0; size < whole.size(); size += 7) {
      refusal(whole.substr(0, size));
      auto flipped = whole;
      flipped[size] = static_cast<char>(flipped[size] ^ 0x55);
      refusal(flipped);
    }
  }
}

}  // namespace
}  // namespace sightline::images
