#include "images/archive_paths.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "tar_archive.hpp"
#include "temporary_folder.hpp"

namespace sightline::images {
namespace {

namespace fs = std::filesystem;

TEST(ArchivePaths, BracesStandForWhatAShellMakesOfThem) {
  using Texts = std::vector<std::string>;
  EXPECT_EQ(expand_braces("a"), Texts{"a"});
  EXPECT_EQ(expand_braces("s/{08..10}.tar"), (Texts{"s/08.tar", "s/09.tar", "s/10.tar"}));
  EXPECT_EQ(expand_braces("{a,b}{1..2}"), (Texts{"a1", "a2", "b1", "b2"}));
  EXPECT_EQ(expand_braces("{9223372036854775806..9223372036854775807}").size(), 2U);
  for (const char* wrong :
       {"{1..", "{b..a}", "{5..1}", "{0..99999999}", "{0..999}{0..9999}", "{-1..1}", "{0..9223372036854775807}"}) {
    EXPECT_THROW(expand_braces(wrong), base::Error) << wrong;
  }
}

/// The names of the archives that are found.
std::vector<std::string> names_of(const fs::path& where) {
  std::vector<std::string> names;
  for (const auto& file : find_archives(where)) {
    names.push_back(file.filename().string());
  }
  return names;
}

TEST(ArchivePaths, FindsArchivesByFileFolderAndPattern) {
  using Names = std::vector<std::string>;
  const tests::TemporaryFolder folder;
  fs::create_directory(folder / "s");
  const auto tar = tests::TarArchive().add("a.jpg", "").bytes();
  for (const char* name : {"s/1.tar", "s/0.tar", "s/2.tar", "s/._0.tar", "no_ending"}) {
    tests::write_file(folder / name, tar);
  }
  tests::write_file(folder / "s/README.txt", "");
  tests::write_file(folder / "list.csv", "path,label\n");
  EXPECT_EQ(names_of(folder / "s/1.tar"), Names{"1.tar"});
  EXPECT_EQ(names_of(folder / "no_ending"), Names{"no_ending"});
  EXPECT_EQ(names_of(folder / "s"), (Names{"0.tar", "1.tar", "2.tar"}));
  EXPECT_EQ(names_of(folder / "s/{2..2}.tar"), Names{"2.tar"});
  EXPECT_EQ(names_of(folder / "s/[12].tar"), (Names{"1.tar", "2.tar"}));
  EXPECT_EQ(names_of(folder / "s/{1,0}.t?r"), (Names{"1.tar", "0.tar"}));
  EXPECT_TRUE(names_of(folder / "list.csv").empty());
  EXPECT_TRUE(names_of(folder.path()).empty());
  EXPECT_TRUE(names_of(folder / "missing").empty());
  EXPECT_THROW(names_of(folder / "s/{0..3}.tar"), base::Error);
  EXPECT_THROW(names_of(folder / "s/*.jpg"), base::Error);
  fs::create_directory(folder / "s/class");
  tests::write_file(folder / "s/class/a.jpg", "");
  EXPECT_TRUE(names_of(folder / "s").empty()) << "a folder with pictures is a folder of pictures";
}

TEST(ArchivePaths, CompressedArchivesAreRefusedWithTheCommandThatUnpacks) {
  const tests::TemporaryFolder folder;
  tests::write_file(folder / "a.tar.gz", "\x1f\x8b\x08\x00xxxxxxxx");
  for (const auto* where : {"a.tar.gz", "*.gz"}) {
    try {
      find_archives(folder / where);
      ADD_FAILURE() << where;
    } catch (const base::Error& error) {
      EXPECT_NE(std::string(error.what()).find("gunzip '"), std::string::npos) << error.what();
    }
  }
}

}  // namespace
}  // namespace sightline::images
