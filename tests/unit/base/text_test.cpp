#include "base/text.hpp"

#include <cmath>

#include <gtest/gtest.h>

namespace sightline::base {
namespace {

TEST(NearestName, FindsTyposAndStaysSilentOtherwise) {
  const std::vector<std::string> names = {"resnet18", "resnet50", "tf_efficientnet_lite0"};
  EXPECT_EQ(nearest_name("resnet81", names), "resnet18");  // a swap is one mistake
  EXPECT_EQ(nearest_name("ResNet50", names), "resnet50");
  EXPECT_EQ(nearest_name("swin", names), std::nullopt);
  EXPECT_EQ(did_you_mean("resnt18", names), " Did you mean 'resnet18'?");
  EXPECT_EQ(did_you_mean("swin", names), "");
}

TEST(SplitList, TrimsAndDropsEmptyParts) {
  EXPECT_EQ(split_list(" a, b,,c "), (std::vector<std::string>{"a", "b", "c"}));
  EXPECT_TRUE(split_list(" , ").empty());
}

TEST(Split, KeepsPartsAsTheyAre) {
  EXPECT_EQ(split("a,, b", ','), (std::vector<std::string>{"a", "", " b"}));
  EXPECT_EQ(split("", '/'), std::vector<std::string>{""});
}

TEST(ParseBytes, TakesDecimalAndBinaryUnits) {
  EXPECT_EQ(parse_bytes("4096"), 4096);
  EXPECT_EQ(parse_bytes("500MB"), 500'000'000);
  EXPECT_EQ(parse_bytes("1.5 GB"), 1'500'000'000);
  EXPECT_EQ(parse_bytes("1GiB"), 1'073'741'824);
  for (const char* wrong : {"", "GB", "-1MB", "1 XB", "1e3", "9999999999TB", "1.2.3MB"}) {
    EXPECT_EQ(parse_bytes(wrong), std::nullopt) << wrong;
  }
}

TEST(PythonNumber, IsWhatReprWrites) {
  EXPECT_EQ(python_number(1.0), "1.0");
  EXPECT_EQ(python_number(0.1), "0.1");
  EXPECT_EQ(python_number(1e-5), "1e-05");
  EXPECT_EQ(python_number(-2.5e300), "-2.5e+300");
  EXPECT_EQ(python_number(std::nan("")), "nan");
}

TEST(ParseNumber, TakesTheWholeTextOrNothing) {
  EXPECT_EQ(parse_number("0.25"), 0.25);
  EXPECT_EQ(parse_number("0.25x"), std::nullopt);
  EXPECT_EQ(parse_number("inf"), std::nullopt);
  EXPECT_EQ(parse_integer("12"), 12);
  EXPECT_EQ(parse_integer("12.0"), std::nullopt);
  EXPECT_EQ(parse_integer("99999999999999999999"), std::nullopt);
  EXPECT_EQ(parse_integer(""), std::nullopt);
}

TEST(IsUtf8, FollowsTheStandard) {
  for (const auto* text : {"", "plain", "caf\xC3\xA9", "\xE2\x82\xAC", "\xF0\x9F\x90\x88", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_TRUE(is_utf8(text)) << text;
  }
  for (const auto* text :
       {"caf\xE9", "\xC3", "\xC0\x80", "\xE0\x80\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80", "\xFF", "\x80"}) {
    EXPECT_FALSE(is_utf8(text)) << text;
  }
}

TEST(IsFileName, RefusesWhatLeavesTheFolderOrHides) {
  for (const auto* name : {"0-0000", "0-0000-ToTo", "caf\xC3\xA9 noir", "a..b"}) {
    EXPECT_TRUE(is_file_name(name)) << name;
  }
  for (const auto* name : {"", ".", "..", ".hidden", "../../escaped", "/etc/x", "a/b", "a\nb", "caf\xE9"}) {
    EXPECT_FALSE(is_file_name(name)) << name;
  }
  EXPECT_FALSE(is_file_name(std::string("a\0b", 3)));
  EXPECT_FALSE(is_file_name(std::string(201, 'a')));
}

TEST(Text, NumbersForPeople) {
  EXPECT_EQ(format_duration(11.6), "12 s");
  EXPECT_EQ(format_duration(34 * 60 + 5), "34 min 5 s");
  EXPECT_EQ(format_duration(27 * 3600 + 9 * 60 + 30), "27 h 9 min");
  EXPECT_EQ(format_duration(27564.0 * 3600), "27,564 h");
  EXPECT_EQ(format_bytes(0), "0 B");
  EXPECT_EQ(format_bytes(999), "999 B");
  EXPECT_EQ(format_bytes(24'117'248), "24.1 MB");
  EXPECT_EQ(format_bytes(999'700), "1.0 MB");
  EXPECT_EQ(format_bytes(596'406'329'088), "596 GB");
  EXPECT_EQ(format_count(-1), "-1");
  EXPECT_EQ(format_count(-100'000), "-100,000");
  EXPECT_EQ(format_count(999), "999");
  EXPECT_EQ(format_count(12'400), "12,400");
}

}  // namespace
}  // namespace sightline::base
