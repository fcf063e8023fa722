// What README.md and the chapters (README.md of the folders) say about names is what the code says, and their links
// lead somewhere.

#include <algorithm>
#include <cctype>
#include <regex>
#include <set>
#include <sstream>

#include <gtest/gtest.h>

#include "app/command.hpp"
#include "base/file.hpp"
#include "store/schema.hpp"

namespace sightline {
namespace {

const std::filesystem::path root = SIGHTLINE_TESTS_FOLDER "/..";
const std::vector<std::string> chapters = {"jobs/README.md",     "slurm/README.md", "models/README.md",
                                           "analysis/README.md", "tests/README.md", "src/README.md"};

std::vector<std::string> pages() {
  auto all = chapters;
  all.insert(all.end(), {"README.md", "CONTRIBUTING.md", "CHANGELOG.md"});
  return all;
}

std::string text_of(const std::string& page) {
  return base::read_text(root / page);
}

std::vector<std::string> matches(const std::string& text, const std::string& pattern) {
  const std::regex regex(pattern);
  std::vector<std::string> found;
  for (auto match = std::sregex_iterator(text.begin(), text.end(), regex); match != std::sregex_iterator(); ++match) {
    found.push_back((*match)[1]);
  }
  return found;
}

/// The anchors of a page's headings, as GitHub makes them: lower case, without punctuation, blanks as hyphens.
std::set<std::string> anchors_of(const std::string& text) {
  std::set<std::string> anchors;
  for (const auto& heading : matches(text, "(?:^|\\n)#+ ([^\\n]+)")) {
    std::string anchor;
    for (const char c : heading) {
      if (std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '-' || c == '_') {
        anchor += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
      } else if (c == ' ') {
        anchor += '-';
      }
    }
    anchors.insert(anchor);
  }
  return anchors;
}

TEST(Readme, IsOnePageAndLinksEveryChapter) {
  const auto readme = text_of("README.md");
  EXPECT_LE(std::count(readme.begin(), readme.end(), '\n'), 150);
  for (const auto& chapter : chapters) {
    EXPECT_NE(readme.find("](" + chapter), std::string::npos) << chapter;
  }
  for (const auto& page : pages()) {
    std::istringstream lines(text_of(page));
    for (std::string line; std::getline(lines, line);) {
      const auto characters = std::count_if(line.begin(), line.end(),
                                            [](char c) { return (static_cast<unsigned char>(c) & 0xC0U) != 0x80U; });
      EXPECT_LE(characters, 160) << page << ": " << line;
    }
  }
}

TEST(Readme, LinksLeadToFilesAndHeadings) {
  for (const auto& page : pages()) {
    for (const auto& link : matches(text_of(page), "\\]\\(([^)\\s]+)\\)")) {
      if (link.starts_with("http")) {
        continue;
      }
      const auto hash = std::min(link.find('#'), link.size());
      const auto file = hash == 0 ? root / page : (root / page).parent_path() / link.substr(0, hash);
      ASSERT_TRUE(std::filesystem::exists(file)) << page << ": " << link;
      if (hash < link.size()) {
        EXPECT_TRUE(anchors_of(base::read_text(file)).contains(link.substr(hash + 1))) << page << ": " << link;
      }
    }
  }
}

TEST(Readme, NamesEveryCommand) {
  const auto readme = text_of("README.md");
  for (const auto& command : app::all_commands()) {
    EXPECT_TRUE(std::regex_search(readme, std::regex("\\| `sightline " + command.name + "[ `]"))) << command.name;
  }
}

TEST(Readme, NamesNoCommandThatDoesNotExist) {
  for (const auto& page : pages()) {
    for (const auto& name : matches(text_of(page), "(?:`| |release/)sightline ([a-z][a-z_]+)[ `\\n]")) {
      const auto& known = app::all_commands();
      const bool exists = std::any_of(known.begin(), known.end(), [&](const auto& c) { return c.name == name; });
      EXPECT_TRUE(exists) << page << ": sightline " << name;
    }
  }
}

TEST(Readme, TheChapterOnResultsNamesEverythingInTheStore) {
  const auto chapter = text_of("analysis/README.md");
  namespace schema = store::schema;
  for (const std::string name : {schema::file_name,
                                 schema::format,
                                 schema::format_attribute,
                                 schema::version_attribute,
                                 schema::job_attribute,
                                 schema::program_attribute,
                                 schema::image_paths,
                                 schema::image_labels,
                                 schema::image_root,
                                 schema::timm_id,
                                 schema::weights,
                                 schema::weights_sha256,
                                 schema::input_size,
                                 schema::transforms,
                                 schema::precision,
                                 schema::mean,
                                 schema::std,
                                 schema::prediction,
                                 schema::probability,
                                 schema::target,
                                 schema::kind,
                                 schema::parameter_hash,
                                 schema::seed,
                                 schema::status}) {
    EXPECT_NE(chapter.find("`" + name + "`"), std::string::npos) << name;
  }
  EXPECT_NE(chapter.find(std::string(schema::models) + "/MODEL/" + schema::logits), std::string::npos);
  EXPECT_NE(chapter.find(schema::superpixel_maps("KEY")), std::string::npos);
  EXPECT_NE(chapter.find(schema::superpixel_checksums("KEY")), std::string::npos);
  EXPECT_NE(chapter.find(std::string("METHOD/") + schema::values), std::string::npos);
}

}  // namespace
}  // namespace sightline
