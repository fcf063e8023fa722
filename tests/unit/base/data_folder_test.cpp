// Where the program looks for analysis/ and jobs/, in an installed tree and in a source tree.

#include "base/data_folder.hpp"

#include <gtest/gtest.h>

#include "base/error.hpp"
#include "temporary_folder.hpp"

namespace sightline::base {
namespace {

namespace fs = std::filesystem;

void make_data(const fs::path& folder) {
  fs::create_directories(folder / "analysis");
  fs::create_directories(folder / "jobs");
}

TEST(DataFolder, IsBesideAnInstalledProgram) {
  const tests::TemporaryFolder folder;
  make_data(folder / "prefix/share/sightline");
  make_data(folder.path());  // installed inside a source tree
  EXPECT_EQ(find_data_folder(folder / "prefix/bin/sightline", ""), folder / "prefix/share/sightline");
}

TEST(DataFolder, IsTheSourceAboveABuild) {
  const tests::TemporaryFolder folder;
  make_data(folder.path());
  EXPECT_EQ(find_data_folder(folder / "build/release/sightline", ""), folder.path());
  EXPECT_EQ(find_data_folder(folder / "build/release/tests/sightline_unit_tests", ""), folder.path());
}

TEST(DataFolder, IsTheNamedOneOrNone) {
  const tests::TemporaryFolder folder;
  make_data(folder / "named");
  make_data(folder / "prefix/share/sightline");
  EXPECT_EQ(find_data_folder(folder / "prefix/bin/sightline", folder / "named"), folder / "named");
  EXPECT_THROW(find_data_folder(folder / "prefix/bin/sightline", folder / "nowhere"), Error);
}

TEST(DataFolder, NamesThePlacesThatWereTried) {
  const tests::TemporaryFolder folder;
  try {
    find_data_folder(folder / "prefix/bin/sightline", "");
    FAIL() << "found data where there is none";
  } catch (const Error& error) {
    const std::string text = error.what();
    EXPECT_EQ(error.code(), ExitCode::input);
    EXPECT_NE(text.find((folder / "prefix/share/sightline").string()), std::string::npos) << text;
    EXPECT_NE(text.find("SIGHTLINE_DATA"), std::string::npos) << text;
  }
}

TEST(DataFolder, OfThisProgramHasTheReport) {
  EXPECT_TRUE(fs::exists(data_folder() / "analysis/report.py"));
}

}  // namespace
}  // namespace sightline::base
