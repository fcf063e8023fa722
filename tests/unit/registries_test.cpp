// The lists that name what a folder holds (*.def) against the files of that folder: a file that its list forgets would
// never run.

#include <algorithm>
#include <regex>

#include <gtest/gtest.h>

#include "app/command.hpp"
#include "attribution/methods/registry.hpp"
#include "attribution/quality/quality_metrics.hpp"
#include "base/file.hpp"
#include "comparison/metrics.hpp"
#include "models/zoo/registry.hpp"

namespace sightline {
namespace {

const std::filesystem::path sources = SIGHTLINE_TESTS_FOLDER "/../src";

/// The first groups of all matches, sorted.
std::vector<std::string> matches(const std::string& text, const std::regex& pattern) {
  std::vector<std::string> found;
  for (auto match = std::sregex_iterator(text.begin(), text.end(), pattern); match != std::sregex_iterator(); ++match) {
    found.push_back((*match)[1]);
  }
  std::sort(found.begin(), found.end());
  return found;
}

/// What the folder's .cpp files define: the first group of `definition`, which must also be the file's name.
std::vector<std::string> defined_in(const std::filesystem::path& folder, const std::regex& definition) {
  std::vector<std::string> names;
  for (const auto& file : std::filesystem::directory_iterator(folder)) {
    if (file.path().extension() == ".cpp") {
      for (const auto& name : matches(base::read_text(file.path()), definition)) {
        EXPECT_EQ(name, file.path().stem().string()) << "the file has the name of what it defines";
        names.push_back(name);
      }
    }
  }
  std::sort(names.begin(), names.end());
  return names;
}

std::vector<std::string> listed_in(const std::filesystem::path& list) {
  return matches(base::read_text(list), std::regex(R"((?:^|\n)[A-Z_]+\((\w+)(?:, \w+)?\))"));
}

TEST(Registries, ListEveryFileOfTheirFolder) {
  const auto expect = [](const std::string& folder, const std::string& list, const std::string& definition) {
    const auto listed = listed_in(sources / folder / list);
    EXPECT_GE(listed.size(), 4U) << list;
    EXPECT_EQ(listed, defined_in(sources / folder, std::regex("(?:^|\\n)" + definition + "\\(\\) \\{"))) << list;
  };
  expect("app", "commands.def", "Command (\\w+)_command");
  expect("attribution/methods", "methods.def", "MethodSpec (\\w+)");
  expect("attribution/quality", "quality_metrics.def", "QualityMetric (\\w+)");
  expect("comparison", "metrics.def", "MetricSpec (\\w+)");
  expect("models/zoo", "families.def", "std::vector<ModelSpec> (\\w+)_family");
}

TEST(Registries, HoldEveryLineOfTheirLists) {
  EXPECT_EQ(app::all_commands().size(), listed_in(sources / "app/commands.def").size());
  EXPECT_EQ(attribution::all_methods().size(), listed_in(sources / "attribution/methods/methods.def").size());
  EXPECT_EQ(attribution::quality_metrics().size(),
            listed_in(sources / "attribution/quality/quality_metrics.def").size());
  EXPECT_EQ(comparison::all_metrics().size(), listed_in(sources / "comparison/metrics.def").size());
}

TEST(Registries, FiguresReadTheGridsOfAttentionMethodsAsTheSpecsSay) {
  const auto maps = base::read_text(SIGHTLINE_TESTS_FOLDER "/../analysis/maps.py");
  const auto table = matches(maps, std::regex(R"(ATTENTION_METHODS = \((.*)\))"));
  ASSERT_EQ(table.size(), 1U);
  std::vector<std::string> by_spec;
  for (const auto& method : attribution::all_methods()) {
    if (method.grid_reading == attribution::GridReading::attention) {
      by_spec.push_back(method.name);
    }
  }
  std::sort(by_spec.begin(), by_spec.end());
  EXPECT_EQ(matches(table[0], std::regex("\"(\\w+)\"")), by_spec);
  EXPECT_EQ(attribution::grid_reading("chefer@discard=0.5"), attribution::GridReading::attention);
  EXPECT_EQ(attribution::grid_reading("somebody-elses-cam"), attribution::GridReading::cam);
}

}  // namespace
}  // namespace sightline
