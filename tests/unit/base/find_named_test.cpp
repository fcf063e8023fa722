#include "base/find_named.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"

namespace sightline::base {
namespace {

struct Tool {
  std::string name;
  int size = 0;
};

const std::vector<Tool> tools = {{"hammer", 1}, {"saw", 2}, {"saw", 3}};

Error refuse(const UnknownName& unknown) {
  return usage_error("tools: {}", unknown.not_one_of());
}

std::string refusal_of(const std::string& name) {
  try {
    find_named(tools, name, &Tool::name, refuse);
  } catch (const Error& error) {
    EXPECT_EQ(error.code(), ExitCode::usage);
    return error.what();
  }
  return "";
}

TEST(FindNamed, ReturnsTheFirstElementOfThatNameItself) {
  EXPECT_EQ(&find_named(tools, "saw", &Tool::name, refuse), &tools[1]);
  const std::vector<std::string> names = {"cat", "dog"};
  EXPECT_EQ(&find_named(names, "dog", refuse), &names[1]);
}

TEST(FindNamed, RefusesAnUnknownNameWithTheNearestOne) {
  EXPECT_EQ(refusal_of("hamer"), "tools: 'hamer' is not one of hammer, saw, saw. Did you mean 'hammer'?");
  EXPECT_EQ(refusal_of("screwdriver"), "tools: 'screwdriver' is not one of hammer, saw, saw.");
}

}  // namespace
}  // namespace sightline::base
