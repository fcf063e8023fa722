// Decoding against Pillow (tests/fixtures/images/expected.json), and what broken pictures say.

#include "images/decode.hpp"

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
    const auto image = decode_file(tests::picture_fixtures / name);
    EXPECT_EQ(image.width, 40) << name;
    EXPECT_EQ(image.height, 30) << name;
    EXPECT_EQ(tests::sha256(image), digest.get<std::string>()) << name;
  }
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

TEST(Decode, SurvivesEveryTruncationAndFlippedBytes) {
  for (const char* name : {"rgb.jpg", "cmyk.jpg", "progressive.jpg", "palette.png"}) {
    const auto whole = base::read_text(tests::picture_fixtures / name);
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
