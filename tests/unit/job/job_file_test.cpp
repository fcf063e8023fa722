#include "job/job_file.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "job/options.hpp"
#include "temporary_folder.hpp"

namespace sightline::job {
namespace {

/// The entries of a job file as NAME=VALUE.
std::vector<std::string> entries_of(const std::string& text) {
  std::vector<std::string> entries;
  for (const auto& entry : parse_job_file(text)) {
    entries.push_back(entry.name + "=" + entry.value);
  }
  return entries;
}

using Entries = std::vector<std::string>;

TEST(JobFile, HasSectionsCommentsAndWindowsLineEnds) {
  EXPECT_EQ(
      entries_of("\xEF\xBB\xBF# a comment\r\nmodels = resnet18, resnet50 \r\n\r\n; another\n[ gradcam ]\nlayer=0.5\n"
                 "[compare]\n  metrics =\tcosine\t# as in the study\nblank ="),
      (Entries{"models=resnet18, resnet50", "gradcam.layer=0.5", "compare.metrics=cosine", "compare.blank="}));
  EXPECT_TRUE(entries_of("").empty());
}

TEST(JobFile, TakesAPathWithAHashWhole) {
  EXPECT_EQ(entries_of("images = /data/set#3/val # a comment\n"), Entries{"images=/data/set#3/val"});
  EXPECT_EQ(entries_of("images=/data/a=b;c#\n"), Entries{"images=/data/a=b;c#"});
  const tests::TemporaryFolder folder;
  tests::write_file(folder / "job.ini", "images = /data/set#3/val\n");
  const auto parsed = parse_arguments({(folder / "job.ini").string()}, general_options());
  EXPECT_TRUE(parsed.mistakes.empty());
  EXPECT_EQ(parsed.job.images.source, "/data/set#3/val");
}

TEST(JobFile, NamesTheLineThatIsWrong) {
  for (const auto& line : Entries{"models resnet18", "[gradcam", "[]", "= 3", std::string("a\0b = 3", 7)}) {
    try {
      parse_job_file("batch = 4\n\n" + line + "\n");
      ADD_FAILURE() << line;
    } catch (const base::Error& error) {
      EXPECT_EQ(error.code(), base::ExitCode::usage);
      EXPECT_NE(std::string(error.what()).find(fmt::format("line 3: '{}'", line.c_str())), std::string::npos)
          << error.what();
    }
  }
}

}  // namespace
}  // namespace sightline::job
