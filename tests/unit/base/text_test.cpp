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

}  // namespace
}  // namespace sightline::base
